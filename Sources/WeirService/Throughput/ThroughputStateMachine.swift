import WeirModel

/// Decides which calls and records are within the limits of Amazon Kinesis: no clock, no I/O.
///
/// All times are nanoseconds of one clock that only goes forward. What is refused takes nothing from a limit.
struct ThroughputStateMachine {
    /// A shard of a stream; one made again under the same name has another ID.
    struct ShardKey: Hashable {
        var streamID: Int64
        var shard: ShardID
    }

    private struct Shard {
        var writtenBytes: TokenBucket
        var writtenRecords: TokenBucket
        var readBytes: TokenBucket
        var readCalls: TokenBucket
        var iteratorCalls: TokenBucket

        init(at now: UInt64) {
            writtenBytes = TokenBucket(ratePerSecond: Limits.shardWriteBytesPerSecond, at: now)
            writtenRecords = TokenBucket(ratePerSecond: Limits.shardWriteRecordsPerSecond, at: now)
            readBytes = TokenBucket(ratePerSecond: Limits.shardReadBytesPerSecond, at: now)
            readCalls = TokenBucket(ratePerSecond: Limits.shardReadCallsPerSecond, at: now)
            iteratorCalls = TokenBucket(ratePerSecond: Limits.shardIteratorCallsPerSecond, at: now)
        }

        mutating func isIdle(at now: UInt64) -> Bool {
            writtenBytes.isFull(at: now) && writtenRecords.isFull(at: now) && readBytes.isFull(at: now)
                && readCalls.isFull(at: now) && iteratorCalls.isFull(at: now)
        }
    }

    private struct CallKey: Hashable {
        var action: String
        /// Empty where the limit is one of the account.
        var stream: String
    }

    private static let minimumPruneCount = 1024

    private var shards: [ShardKey: Shard] = [:]
    private var calls: [CallKey: TokenBucket] = [:]
    private var pruneShardsAt = Self.minimumPruneCount
    private var pruneCallsAt = Self.minimumPruneCount

    /// Whether a record may be put into a shard now.
    mutating func admitWrite(_ key: ShardKey, bytes: Int, at now: UInt64) -> Bool {
        withShard(key, at: now) { shard in
            guard shard.writtenRecords.has(1, at: now), shard.writtenBytes.has(bytes, at: now) else { return false }
            shard.writtenRecords.take(1, at: now)
            shard.writtenBytes.take(bytes, at: now)
            return true
        }
    }

    /// Whether a shard may be read now. What is read is told afterwards, and may be more than was left: then the shard is
    /// not read again until it has been made up for.
    mutating func admitRead(_ key: ShardKey, at now: UInt64) -> Bool {
        withShard(key, at: now) { shard in
            guard shard.readCalls.has(1, at: now), shard.readBytes.has(1, at: now) else { return false }
            shard.readCalls.take(1, at: now)
            return true
        }
    }

    /// So much was read from a shard.
    mutating func read(_ key: ShardKey, bytes: Int, at now: UInt64) {
        withShard(key, at: now) { $0.readBytes.take(bytes, at: now) }
    }

    /// Whether an iterator of a shard may be made now.
    mutating func admitIterator(_ key: ShardKey, at now: UInt64) -> Bool {
        withShard(key, at: now) { shard in
            guard shard.iteratorCalls.has(1, at: now) else { return false }
            shard.iteratorCalls.take(1, at: now)
            return true
        }
    }

    /// Whether an action may be called now. Those without a rate of their own may be.
    mutating func admitCall(_ action: String, stream: String?, at now: UInt64) -> Bool {
        guard let rate = ActionRate.of(action) else { return true }
        let key = CallKey(action: action, stream: rate.isPerStream ? stream ?? "" : "")
        if calls[key] == nil { pruneCalls(at: now) }
        var bucket = calls[key] ?? TokenBucket(ratePerSecond: rate.callsPerSecond, at: now)
        let isAdmitted = bucket.has(1, at: now)
        if isAdmitted { bucket.take(1, at: now) }
        calls[key] = bucket
        return isAdmitted
    }

    /// How many buckets are kept.
    var count: Int { shards.count + calls.count }

    // MARK: What is kept

    private mutating func withShard<Result>(
        _ key: ShardKey,
        at now: UInt64,
        _ body: (inout Shard) -> Result
    ) -> Result {
        if shards[key] == nil { pruneShards(at: now) }
        return body(&shards[key, default: Shard(at: now)])
    }

    /// Forgets the shards that were not used in the last second, so that those of deleted streams do not pile up.
    private mutating func pruneShards(at now: UInt64) {
        guard shards.count >= pruneShardsAt else { return }
        for (key, shard) in shards {
            var shard = shard
            if shard.isIdle(at: now) { shards[key] = nil }
        }
        pruneShardsAt = max(Self.minimumPruneCount, 2 * shards.count)
    }

    private mutating func pruneCalls(at now: UInt64) {
        guard calls.count >= pruneCallsAt else { return }
        for (key, bucket) in calls {
            var bucket = bucket
            if bucket.isFull(at: now) { calls[key] = nil }
        }
        pruneCallsAt = max(Self.minimumPruneCount, 2 * calls.count)
    }
}
