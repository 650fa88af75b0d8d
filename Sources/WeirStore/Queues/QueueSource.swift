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

    /// How many records a shard has from an index on, counted up to a number.
    func recordCount(of shard: ShardID, from index: UInt64, atMost maximum: Int) async throws(ServiceError) -> Int

    /// When the first record of a shard from an index on arrived; nil where there is none, or it is damaged.
    func arrival(of shard: ShardID, from index: UInt64) async throws(ServiceError) -> Timestamp?
}

extension LiveStream: QueueSource {
    var shardIDs: [ShardID] { description.shards.map(\.id) }

    func isAtTip(of shard: ShardID, from index: UInt64) -> Bool {
        description.isOpen(shard) && log.isAtTip(lane: shard.number, from: index)
    }

    func recordCount(of shard: ShardID, from index: UInt64, atMost maximum: Int) async throws(ServiceError) -> Int {
        do throws(LogError) {
            return try await log.count(lane: shard.number, from: index, maximumCount: maximum)
        } catch {
            throw serviceError(error)
        }
    }

    func arrival(of shard: ShardID, from index: UInt64) async throws(ServiceError) -> Timestamp? {
        do throws(LogError) {
            let read = try await log.read(lane: shard.number, from: index, maximumCount: 1, maximumBytes: 0)
            return read.entries.first.map { Timestamp(millisecondsSinceEpoch: $0.timestamp) }
        } catch {
            if error.code == .corrupt { return nil }
            throw serviceError(error)
        }
    }
}
