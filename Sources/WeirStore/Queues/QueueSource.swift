import WeirLog
import WeirModel

/// What a queue delivers from: a stream.
protocol QueueSource: Sendable {
    /// The shards, open and closed, of which records may be left.
    var shardIDs: [ShardID] { get }

    /// Reads records of a shard, as ``StreamStore`` does.
    func read(
        from position: ShardPosition,
        shard: ShardID,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> ShardRead

    /// Whether an open shard has no record at a place or behind it.
    func isAtTip(of shard: ShardID, from index: UInt64) -> Bool
}

extension LiveStream: QueueSource {
    var shardIDs: [ShardID] { description.shards.map(\.id) }

    func isAtTip(of shard: ShardID, from index: UInt64) -> Bool {
        description.isOpen(shard) && log.isAtTip(lane: shard.number, from: index)
    }
}
