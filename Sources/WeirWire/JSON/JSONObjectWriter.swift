import NIOCore
import WeirBytes
import WeirModel

/// Writes the members of an object one after the other, for the messages of the data plane. A member that is nil is left
/// out.
struct JSONObjectWriter {
    private var isEmpty = true

    mutating func string(_ name: StaticString, _ value: String?, to body: inout ByteBuffer) {
        guard let value else { return }
        body.writeJSONString(value, after: next(name))
    }

    mutating func integer(_ name: StaticString, _ value: Int?, to body: inout ByteBuffer) {
        guard let value else { return }
        body.writeJSONInteger(Int64(value), after: next(name))
    }

    mutating func timestamp(_ name: StaticString, _ value: Timestamp?, to body: inout ByteBuffer) {
        guard let value else { return }
        body.writeJSONTimestamp(value, after: next(name))
    }

    mutating func blob(_ name: StaticString, _ value: ByteBuffer?, to body: inout ByteBuffer) {
        guard let value else { return }
        body.writeJSONBase64(value, after: next(name))
    }

    mutating func list<Element>(
        _ name: StaticString,
        _ elements: [Element],
        to body: inout ByteBuffer,
        _ write: (Element, inout ByteBuffer) -> Void
    ) {
        body.writeJSONName(next(name))
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
        body.writeJSONName(next(name))
        WireEncoder.value(value).writeJSON(to: &body)
    }

    func end(to body: inout ByteBuffer) { body.writeStaticString(isEmpty ? "{}" : "}") }

    private mutating func next(_ name: StaticString) -> JSONMemberName {
        defer { isEmpty = false }
        return JSONMemberName(name, isFirst: isEmpty)
    }
}
