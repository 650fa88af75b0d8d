import NIOCore
import WeirBytes
import WeirModel

/// Writes a structure as an object.
struct JSONObjectWriter: MessageWriter {
    private var isEmpty = true

    static func encodedCount(_ blobCount: Int) -> Int { Base64.encodedCount(blobCount) }

    mutating func string(_ name: StaticString, _ value: String?, to body: inout ReservedBytes) {
        guard let value else { return }
        body.writeJSONString(value, after: next(name))
    }

    mutating func text(_ name: StaticString, _ value: MemberText?, to body: inout ReservedBytes) {
        switch value {
        case nil: break
        case .text(let text)?: string(name, text, to: &body)
        case .sequenceNumber(let number)?:
            body.writeJSONString(ofASCII: SequenceNumber.length, after: next(name)) { number.write(to: $0) }
        case .shard(let id)?:
            body.writeJSONString(ofASCII: ShardID.length, after: next(name)) { id.write(to: $0) }
        }
    }

    mutating func integer(_ name: StaticString, _ value: Int?, to body: inout ReservedBytes) {
        guard let value else { return }
        body.writeJSONInteger(Int64(value), after: next(name))
    }

    mutating func timestamp(_ name: StaticString, _ value: Timestamp?, to body: inout ReservedBytes) {
        guard let value else { return }
        body.writeJSONTimestamp(value, after: next(name))
    }

    mutating func string(_ name: StaticString, utf8 value: UnsafeRawBufferPointer, to body: inout ReservedBytes) {
        body.writeJSONString(utf8: value, after: next(name))
    }

    mutating func blob(_ name: StaticString, _ value: UnsafeRawBufferPointer, to body: inout ReservedBytes) {
        body.writeJSONBase64(value, after: next(name))
    }

    mutating func structures(
        _ name: StaticString,
        count: Int,
        to body: inout ReservedBytes,
        _ write: (Int, inout JSONObjectWriter, inout ReservedBytes) -> Void
    ) {
        body.writeJSONName(next(name))
        body.write(byte: UInt8(ascii: "["))
        for index in 0..<count {
            if index > 0 { body.write(byte: UInt8(ascii: ",")) }
            var object = JSONObjectWriter()
            write(index, &object, &body)
            object.end(to: &body)
        }
        body.write(byte: UInt8(ascii: "]"))
    }

    mutating func member(_ name: StaticString, _ value: (some Encodable)?, to body: inout ReservedBytes) {
        guard let value else { return }
        body.writeJSONName(next(name))
        var text = ByteBuffer()
        WireEncoder.value(value).writeJSON(to: &text)
        text.withUnsafeReadableBytes { body.write(bytes: $0) }
    }

    func end(to body: inout ReservedBytes) {
        if isEmpty { body.write(byte: UInt8(ascii: "{")) }
        body.write(byte: UInt8(ascii: "}"))
    }

    private mutating func next(_ name: StaticString) -> JSONMemberName {
        defer { isEmpty = false }
        return JSONMemberName(name, isFirst: isEmpty)
    }
}
