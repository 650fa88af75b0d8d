import NIOCore
import WeirWire

/// A value as a line of JSON: names, times and data as on the wire.
struct JSONLine<Value: Codable & Sendable>: WireMessage, Codable {
    var value: Value

    init(value: Value) { self.value = value }

    init(from decoder: any Decoder) throws { value = try Value(from: decoder) }

    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }

    /// The line, without its line feed.
    var text: String {
        var text = ByteBuffer()
        write(to: &text, format: .json)
        return String(buffer: text)
    }
}
