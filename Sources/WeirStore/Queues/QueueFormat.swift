import NIOCore

/// The bytes of a queue's log: see `docs/formats/queue.md`.
enum QueueFormat {
    /// The version of snapshots and events.
    static let version: UInt8 = 1

    /// The first byte of an entry.
    enum Kind: UInt8 {
        case event = 1
        case snapshotBegin = 2
        case snapshotPart = 3
        case snapshotEnd = 4
    }

    enum EventKind: UInt8 {
        case received = 1
        case acknowledged = 2
        case visibilityChanged = 3
        case restored = 4
        case trimmed = 5
        case configured = 6
        case shardsForgotten = 7
    }
}

/// Bytes that are no event or snapshot of the known version.
struct QueueFormatError: Error {}

extension ByteBuffer {
    /// Writes a number in groups of seven bits, the lowest first.
    mutating func writeNumber(_ number: UInt64) {
        // 64 bits make ten groups at most. They are written at once: each write looks whether the memory is shared.
        writeWithUnsafeMutableBytes(minimumWritableBytes: 10) { bytes in
            var rest = number
            var count = 0
            while rest >= 0x80 {
                bytes[count] = UInt8(truncatingIfNeeded: rest) | 0x80
                rest >>= 7
                count += 1
            }
            bytes[count] = UInt8(rest)
            return count + 1
        }
    }

    /// Reads what ``writeNumber(_:)`` wrote.
    mutating func readNumber() throws(QueueFormatError) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard shift < 64, let byte = readInteger(as: UInt8.self), shift < 63 || byte <= 1 else {
                throw QueueFormatError()
            }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }

    /// Reads a time: one that the state can keep, so that none that is damaged makes a sum overflow.
    mutating func readTime() throws(QueueFormatError) -> Int64 {
        guard let time = Int64(exactly: try readNumber()), TrackedRecord.times.contains(time) else {
            throw QueueFormatError()
        }
        return time
    }

    mutating func writeDifference(_ value: Int64, _ base: Int64) {
        let difference = value &- base
        writeNumber(UInt64(bitPattern: (difference << 1) ^ (difference >> 63)))
    }

    mutating func readDifference(_ base: Int64) throws(QueueFormatError) -> Int64 {
        let coded = try readNumber()
        return base &+ (Int64(bitPattern: coded >> 1) ^ -Int64(bitPattern: coded & 1))
    }

    mutating func writeIndexes(_ indexes: [UInt64]) {
        writeNumber(UInt64(indexes.count))
        for index in indexes { writeNumber(index) }
    }

    mutating func readList<Element>(
        _ read: (inout ByteBuffer) throws(QueueFormatError) -> Element
    ) throws(QueueFormatError) -> [Element] {
        let count = try readNumber()
        // Each takes a byte at least.
        guard count <= UInt64(readableBytes) else { throw QueueFormatError() }
        var list: [Element] = []
        list.reserveCapacity(Int(count))
        for _ in 0..<count { list.append(try read(&self)) }
        return list
    }

    mutating func readShard() throws(QueueFormatError) -> UInt32 {
        guard let shard = UInt32(exactly: try readNumber()) else { throw QueueFormatError() }
        return shard
    }

    /// `previous` is the index of the record before.
    mutating func writeRecord(_ record: TrackedRecord, after previous: UInt64, at time: Int64) {
        writeDifference(Int64(bitPattern: record.index), Int64(bitPattern: previous))
        writeNumber(UInt64(record.shard))
        writeNumber(UInt64(record.delivery))
        writeNumber(UInt64(record.receiveCount) << 1 | (record.isDeadLetter ? 1 : 0))
        writeDifference(record.firstReceivedAt, time)
        writeDifference(record.visibleAt, time)
    }

    mutating func readRecord(
        after previous: UInt64,
        at time: Int64
    ) throws(QueueFormatError) -> TrackedRecord {
        let index = UInt64(bitPattern: try readDifference(Int64(bitPattern: previous)))
        let shard = try readShard()
        guard let delivery = UInt32(exactly: try readNumber()) else { throw QueueFormatError() }
        let count = try readNumber()
        return TrackedRecord(
            index: index,
            shard: shard,
            delivery: delivery,
            receiveCount: Int(count >> 1),
            firstReceivedAt: try readDifference(time),
            visibleAt: try readDifference(time),
            isDeadLetter: count & 1 == 1
        )
    }

    /// A range without an end has 0 for its length.
    mutating func writeRange(_ range: Range<UInt64>) {
        writeNumber(range.lowerBound)
        writeNumber(range.upperBound == .max ? 0 : range.upperBound - range.lowerBound)
    }

    mutating func readRange() throws(QueueFormatError) -> Range<UInt64> {
        let start = try readNumber()
        let length = try readNumber()
        let (end, isOver) = start.addingReportingOverflow(length)
        guard !isOver else { throw QueueFormatError() }
        return start..<(length == 0 ? .max : end)
    }
}
