import NIOCore
import WeirBytes
import WeirModel

/// Writes a structure as a map. The head comes first and tells how many members there are, so it is written with none and set right
/// at the end.
struct CBORMapWriter: MessageWriter {
    private var start: Int?
    private var count: UInt8 = 0

    static func encodedCount(_ blobCount: Int) -> Int { blobCount }

    mutating func string(_ name: StaticString, _ value: String?, to body: inout ReservedBytes) {
        guard let value else { return }
        body.writeCBORString(value, after: next(name, body))
    }

    mutating func text(_ name: StaticString, _ value: MemberText?, to body: inout ReservedBytes) {
        switch value {
        case nil: break
        case .text(let text)?: string(name, text, to: &body)
        case .sequenceNumber(let number)?:
            body.writeCBORString(ofASCII: SequenceNumber.length, after: next(name, body)) { number.write(to: $0) }
        case .shard(let id)?:
            body.writeCBORString(ofASCII: ShardID.length, after: next(name, body)) { id.write(to: $0) }
        }
    }

    mutating func integer(_ name: StaticString, _ value: Int?, to body: inout ReservedBytes) {
        guard let value else { return }
        body.writeCBORInteger(Int64(value), after: next(name, body))
    }

    mutating func timestamp(_ name: StaticString, _ value: Timestamp?, to body: inout ReservedBytes) {
        guard let value else { return }
        body.writeCBORTime(milliseconds: value.millisecondsSinceEpoch, after: next(name, body))
    }

    mutating func string(_ name: StaticString, utf8 value: UnsafeRawBufferPointer, to body: inout ReservedBytes) {
        body.writeCBORString(utf8: value, after: next(name, body))
    }

    mutating func blob(_ name: StaticString, _ value: UnsafeRawBufferPointer, to body: inout ReservedBytes) {
        body.writeCBORBytes(value, after: next(name, body))
    }

    mutating func structures(
        _ name: StaticString,
        count: Int,
        to body: inout ReservedBytes,
        _ write: (Int, inout CBORMapWriter, inout ReservedBytes) -> Void
    ) {
        body.writeCBORHead(.array, count, after: next(name, body))
        for index in 0..<count {
            var map = CBORMapWriter()
            write(index, &map, &body)
            map.end(to: &body)
        }
    }

    mutating func member(_ name: StaticString, _ value: (some Encodable)?, to body: inout ReservedBytes) {
        guard let value else { return }
        body.writeCBORName(next(name, body))
        var bytes = ByteBuffer()
        WireEncoder.value(value).writeCBOR(to: &bytes)
        bytes.withUnsafeReadableBytes { body.write(bytes: $0) }
    }

    func end(to body: inout ReservedBytes) {
        guard let start else { return body.writeCBORHead(.map, 0) }
        body.set(Self.head | count, at: start)
    }

    private static let head = CBORMajorType.map.rawValue << 5
    /// A head of one byte tells of so many members, at most; no structure of the data plane has more.
    private static let maximumCount: UInt8 = 23

    private mutating func next(_ name: StaticString, _ body: borrowing ReservedBytes) -> CBORMemberName {
        assert(count < Self.maximumCount)
        count += 1
        if start == nil { start = body.end }
        return CBORMemberName(name, isFirst: count == 1)
    }
}
