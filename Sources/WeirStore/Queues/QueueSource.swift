import WeirLog
import WeirModel

/// What a queue delivers from: a stream.
protocol QueueSource: Sendable {
    /// The shards, open and closed, of which records may be left.
    var shardIDs: [ShardID] { get }

    /// How many these are.
    var shardCount: Int { get }

    /// Reads records of a shard, as ``StreamStore`` does.
    func read(
        from position: ShardPosition,
        shard: ShardID,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> ShardRead

    /// Whether a record of a shard that arrived then is still to be had.
    func keeps(_ arrival: Timestamp?, of shard: ShardID) -> Bool

    /// Whether an open shard has no record at a place or behind it.
    func isAtTip(of shard: ShardID, from index: UInt64) -> Bool
}

extension LiveStream: QueueSource {
    var shardIDs: [ShardID] { description.shards.map(\.id) }

    var shardCount: Int { withMachine { $0.description.shards.count } }

    func keeps(_ arrival: Timestamp?, of shard: ShardID) -> Bool {
        guard let arrival, case .shard(_, let horizon) = withMachine({ $0.readView(shard, at: now) }) else {
            return false
        }
        return arrival >= horizon
    }

    func isAtTip(of shard: ShardID, from index: UInt64) -> Bool {
        description.isOpen(shard) && log.isAtTip(lane: shard.number, from: index)
    }
}
