import NIOCore

extension QueueEntry {
    /// The payload of the log's entry.
    var payload: ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(event.expectedSize)
        bytes.writeInteger(QueueFormat.Kind.event.rawValue)
        bytes.writeInteger(QueueFormat.version)
        bytes.writeNumber(UInt64(bitPattern: time))
        switch event {
        case .received(let received):
            bytes.writeInteger(QueueFormat.EventKind.received.rawValue)
            bytes.writeNumber(UInt64(received.consumed.count))
            for consumed in received.consumed {
                bytes.writeNumber(UInt64(consumed.shard))
                bytes.writeRange(consumed.range)
            }
            bytes.writeNumber(UInt64(received.records.count))
            var previous: UInt64 = 0
            for record in received.records {
                bytes.writeRecord(record, after: previous, at: time)
                previous = record.index
            }
        case .acknowledged(let indexes):
            bytes.writeInteger(QueueFormat.EventKind.acknowledged.rawValue)
            bytes.writeIndexes(indexes)
        case .visibilityChanged(let changes):
            bytes.writeInteger(QueueFormat.EventKind.visibilityChanged.rawValue)
            bytes.writeNumber(UInt64(changes.count))
            for change in changes {
                bytes.writeNumber(change.index)
                bytes.writeDifference(change.visibleAt, time)
            }
        case .restored(let indexes):
            bytes.writeInteger(QueueFormat.EventKind.restored.rawValue)
            bytes.writeIndexes(indexes)
        case .trimmed(let index):
            bytes.writeInteger(QueueFormat.EventKind.trimmed.rawValue)
            bytes.writeNumber(index)
        case .configured(let maximum):
            bytes.writeInteger(QueueFormat.EventKind.configured.rawValue)
            bytes.writeNumber(UInt64(max(0, maximum ?? 0)))
        case .shardsForgotten(let shards):
            bytes.writeInteger(QueueFormat.EventKind.shardsForgotten.rawValue)
            bytes.writeIndexes(shards.map(UInt64.init))
        }
        return bytes
    }

    /// Reads what follows the first byte of an entry.
    init(_ bytes: inout ByteBuffer) throws(QueueFormatError) {
        guard bytes.readInteger(as: UInt8.self) == QueueFormat.version else { throw QueueFormatError() }
        let time = try bytes.readTime()
        guard let kind = bytes.readInteger(as: UInt8.self).flatMap(QueueFormat.EventKind.init) else {
            throw QueueFormatError()
        }
        self.init(time: time, event: try Self.event(kind, &bytes, at: time))
        guard bytes.readableBytes == 0 else { throw QueueFormatError() }
    }

    private static func event(
        _ kind: QueueFormat.EventKind,
        _ bytes: inout ByteBuffer,
        at time: Int64
    ) throws(QueueFormatError) -> QueueEvent {
        switch kind {
        case .received:
            let consumed = try bytes.readList { (bytes) throws(QueueFormatError) in
                QueueEvent.Consumed(shard: try bytes.readShard(), range: try bytes.readRange())
            }
            var previous: UInt64 = 0
            let records = try bytes.readList { (bytes) throws(QueueFormatError) in
                let record = try bytes.readRecord(after: previous, at: time)
                previous = record.index
                return record
            }
            return .received(QueueEvent.Received(records: records, consumed: consumed))
        case .acknowledged: return .acknowledged(try indexes(&bytes))
        case .visibilityChanged:
            let changes = try bytes.readList { (bytes) throws(QueueFormatError) in
                QueueEvent.VisibilityChange(index: try bytes.readNumber(), visibleAt: try bytes.readDifference(time))
            }
            return .visibilityChanged(changes)
        case .restored: return .restored(try indexes(&bytes))
        case .trimmed: return .trimmed(below: try bytes.readNumber())
        case .configured:
            let maximum = try bytes.readNumber()
            return .configured(maximumReceiveCount: maximum == 0 ? nil : Int(clamping: maximum))
        case .shardsForgotten:
            return .shardsForgotten(try bytes.readList { (bytes) throws(QueueFormatError) in try bytes.readShard() })
        }
    }

    private static func indexes(_ bytes: inout ByteBuffer) throws(QueueFormatError) -> [UInt64] {
        try bytes.readList { (bytes) throws(QueueFormatError) in try bytes.readNumber() }
    }
}

extension QueueEvent {
    /// Bytes that it takes on disk, about: memory is taken once then.
    fileprivate var expectedSize: Int {
        switch self {
        case .received(let received): 32 + 16 * received.consumed.count + 20 * received.records.count
        case .acknowledged(let indexes), .restored(let indexes): 32 + 6 * indexes.count
        case .visibilityChanged(let changes): 32 + 12 * changes.count
        case .shardsForgotten(let shards): 32 + 4 * shards.count
        case .trimmed, .configured: 32
        }
    }
}
