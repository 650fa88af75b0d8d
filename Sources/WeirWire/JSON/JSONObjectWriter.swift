import NIOCore
import WeirBytes
import WeirModel

/// Writes a structure as an object.
struct JSONObjectWriter: MessageWriter {
    private var isEmpty = true

    static func encodedCount(_ blobCount: Int) -> Int { Base64.encodedCount(blobCount) }

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

    mutating func structures<Element>(
        _ name: StaticString,
        _ elements: [Element],
        to body: inout ByteBuffer,
        _ write: (Element, inout JSONObjectWriter, inout ByteBuffer) -> Void
    ) {
        body.writeJSONName(next(name))
        var separator = UInt8(ascii: "[")
        if elements.isEmpty { body.writeInteger(separator) }
        for element in elements {
            body.writeInteger(separator)
            separator = UInt8(ascii: ",")
            var object = JSONObjectWriter()
            write(element, &object, &body)
            object.end(to: &body)
        }
        body.writeInteger(UInt8(ascii: "]"))
    }

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
