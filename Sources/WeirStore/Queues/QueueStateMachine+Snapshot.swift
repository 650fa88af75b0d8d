import NIOCore

extension QueueStateMachine {
    /// What of the state is written. It shares its memory with the state until either changes.
    struct Image: Sendable {
        fileprivate let time: Int64
        fileprivate let maximumReceiveCount: Int?
        fileprivate let unread: [UInt32: UnreadRanges]
        fileprivate let tracked: TrackedRecords
    }

    /// The state at this moment.
    var image: Image {
        Image(time: time, maximumReceiveCount: maximumReceiveCount, unread: unread, tracked: tracked)
    }
}

extension QueueStateMachine.Image {
    /// The bytes of a snapshot.
    var snapshot: ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeInteger(QueueFormat.version)
        bytes.writeNumber(UInt64(bitPattern: time))
        bytes.writeNumber(UInt64(max(0, maximumReceiveCount ?? 0)))
        bytes.writeNumber(UInt64(unread.count))
        for (shard, ranges) in unread.sorted(by: { $0.key < $1.key }) {
            bytes.writeNumber(UInt64(shard))
            bytes.writeNumber(UInt64(ranges.ranges.count))
            for range in ranges.ranges { bytes.writeRange(range) }
        }
        bytes.writeNumber(UInt64(tracked.count))
        var previous: UInt64 = 0
        tracked.forEach { record in
            bytes.writeRecord(record, after: previous, at: time)
            previous = record.index
        }
        return bytes
    }
}

extension QueueStateMachine {
    /// Reads a whole state.
    init(snapshot: ByteBuffer) throws(QueueFormatError) {
        var bytes = snapshot
        guard bytes.readInteger(as: UInt8.self) == QueueFormat.version else { throw QueueFormatError() }
        let time = try bytes.readTime()
        let maximum = try bytes.readNumber()
        var unread: [UInt32: UnreadRanges] = [:]
        for _ in 0..<(try bytes.readNumber()) {
            let shard = try bytes.readShard()
            let ranges = try bytes.readList { (bytes) throws(QueueFormatError) in try bytes.readRange() }
            guard let ranges = UnreadRanges(ranges), unread.updateValue(ranges, forKey: shard) == nil else {
                throw QueueFormatError()
            }
        }
        var tracked = TrackedRecords()
        var previous: UInt64 = 0
        for _ in 0..<(try bytes.readNumber()) {
            let record = try bytes.readRecord(after: previous, at: time)
            guard tracked.isEmpty || record.index > previous else { throw QueueFormatError() }
            previous = record.index
            tracked.set(record)
        }
        guard bytes.readableBytes == 0 else { throw QueueFormatError() }
        self.init(
            unread: unread,
            tracked: tracked,
            maximumReceiveCount: maximum == 0 ? nil : Int(clamping: maximum),
            at: time
        )
    }
}
