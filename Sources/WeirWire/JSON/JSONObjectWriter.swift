import NIOCore
import WeirBytes
import WeirModel

/// Writes the members of an object one after the other, for the messages of the data plane. A member that is nil is left
/// out.
struct JSONObjectWriter {
    private var isEmpty = true

    /// Writes a member's name; its value must follow.
    mutating func name(_ name: StaticString, to body: inout ByteBuffer) {
        let opening = isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ",")
        isEmpty = false
        body.writeInteger(UInt16(opening) << 8 | UInt16(UInt8(ascii: "\"")))
        body.writeStaticString(name)
        body.writeInteger(UInt16(UInt8(ascii: "\"")) << 8 | UInt16(UInt8(ascii: ":")))
    }

    mutating func string(_ name: StaticString, _ value: String?, to body: inout ByteBuffer) {
        guard let value else { return }
        self.name(name, to: &body)
        body.writeJSONString(value)
    }

    mutating func integer(_ name: StaticString, _ value: Int?, to body: inout ByteBuffer) {
        guard let value else { return }
        self.name(name, to: &body)
        body.writeJSONInteger(value)
    }

    mutating func timestamp(_ name: StaticString, _ value: Timestamp?, to body: inout ByteBuffer) {
        guard let value else { return }
        self.name(name, to: &body)
        body.writeJSONTimestamp(value)
    }

    mutating func blob(_ name: StaticString, _ value: ByteBuffer?, to body: inout ByteBuffer) {
        guard let value else { return }
        self.name(name, to: &body)
        body.writeInteger(UInt8(ascii: "\""))
        body.writeBase64(value)
        body.writeInteger(UInt8(ascii: "\""))
    }

    mutating func list<Element>(
        _ name: StaticString,
        _ elements: [Element],
        to body: inout ByteBuffer,
        _ write: (Element, inout ByteBuffer) -> Void
    ) {
        self.name(name, to: &body)
        var separator = UInt8(ascii: "[")
        if elements.isEmpty { body.writeInteger(separator) }
        for element in elements {
            body.writeInteger(separator)
            separator = UInt8(ascii: ",")
            write(element, &body)
        }
        body.writeInteger(UInt8(ascii: "]"))
    }

    /// Writes a member of any type through its `Codable` form.
    mutating func member(_ name: StaticString, _ value: (some Encodable)?, to body: inout ByteBuffer) {
        guard let value else { return }
        self.name(name, to: &body)
        WireEncoder.value(value).writeJSON(to: &body)
    }

    func end(to body: inout ByteBuffer) { body.writeStaticString(isEmpty ? "{}" : "}") }
}
