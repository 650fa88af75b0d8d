import Synchronization
import WeirModel

/// Counts what happens to one stream. A call looks it up once, and counts under one lock.
public final class StreamMeter: Sendable {
    /// What became of a put.
    public struct Put: Sendable {
        /// What became of one record.
        public enum Outcome: Sendable {
            case put
            /// The throughput of the shard was used up.
            case throttled
            case failed
        }

        /// One record: its shard, unless none took it, and the bytes of its data and partition key.
        public struct Record: Sendable {
            let outcome: Outcome
            let shard: ShardID?
            let bytes: Int

            /// A record from its parts.
            public init(_ outcome: Outcome, shard: ShardID?, bytes: Int) {
                self.outcome = outcome
                self.shard = shard
                self.bytes = bytes
            }
        }

        /// Whether it was PutRecords, not PutRecord.
        public var isBatch: Bool
        /// How long the call took.
        public var nanoseconds: UInt64

        /// A put that took so long.
        public init(isBatch: Bool, nanoseconds: UInt64) {
            self.isBatch = isBatch
            self.nanoseconds = nanoseconds
        }
    }

    /// What GetRecords, or an event of a subscription, brought.
    public struct Read: Sendable {
        let shard: ShardID
        let records: Int
        let bytes: Int
        let millisBehindLatest: Int64

        /// A read from its parts; `bytes` are those of data and partition keys.
        public init(shard: ShardID, records: Int, bytes: Int, millisBehindLatest: Int64) {
            self.shard = shard
            self.records = records
            self.bytes = bytes
            self.millisBehindLatest = millisBehindLatest
        }
    }

    private let counts = Mutex(StreamCounts())
    /// Whether several streams share it, so that nothing is told apart by shards.
    private let isShared: Bool

    /// A meter at zero, of one stream or shared by several.
    public init(isShared: Bool = false) { self.isShared = isShared }

    /// What was counted.
    public var snapshot: StreamCounts { counts.withLock { $0 } }

    /// Records were put, or not. `shardMetrics` is nil where nobody knows which are on: they stay as they are.
    public func count(
        _ put: Put,
        _ records: [Put.Record],
        shardMetrics: Set<ShardLevelMetric>?
    ) {
        counts.withLock { counts in
            set(shardMetrics, in: &counts)
            let hasShards = !counts.shardMetrics.isEmpty
            var calls = StreamCounts.Calls.Sum()
            for record in records {
                calls.totalRecords += 1
                switch record.outcome {
                case .put:
                    calls.records += 1
                    calls.bytes += UInt64(record.bytes)
                case .throttled: calls.throttledRecords += 1
                case .failed: calls.failedRecords += 1
                }
                if hasShards { counts.countShard(of: record) }
            }
            counts.throttledWrites += calls.throttledRecords
            if put.isBatch {
                counts.putRecords.count(calls, put.nanoseconds)
            } else {
                counts.putRecord.count(calls, put.nanoseconds)
            }
        }
    }

    /// GetRecords brought records, or none.
    public func count(
        _ read: Read,
        nanoseconds: UInt64,
        shardMetrics: Set<ShardLevelMetric>,
        at now: UInt64
    ) {
        counts.withLock { counts in
            set(shardMetrics, in: &counts)
            counts.getRecords.latency.observe(nanoseconds: nanoseconds)
            counts.getRecords.successes += 1
            counts.getRecords.records += UInt64(read.records)
            counts.getRecords.bytes += UInt64(read.bytes)
            counts.iteratorAge.observe(Double(read.millisBehindLatest), at: now)
            counts.countShard(read.shard) { shard in
                shard.outgoingRecords += UInt64(read.records)
                shard.outgoingBytes += UInt64(read.bytes)
                shard.iteratorAge.observe(Double(read.millisBehindLatest), at: now)
            }
        }
    }

    /// GetRecords failed, or was refused because the throughput of the shard was used up.
    public func countFailedRead(
        _ shard: ShardID,
        isThrottled: Bool,
        nanoseconds: UInt64,
        shardMetrics: Set<ShardLevelMetric>
    ) {
        counts.withLock { counts in
            set(shardMetrics, in: &counts)
            counts.getRecords.latency.observe(nanoseconds: nanoseconds)
            guard isThrottled else { return }
            counts.throttledReads += 1
            counts.countShard(shard) { $0.throttledReads += 1 }
        }
    }

    /// A consumer subscribed to a shard, or was refused because it did so lately.
    public func countSubscription(_ consumer: String, isRefused: Bool) {
        counts.withLock { counts in
            counts.countSubscription(consumer) { subscriptions in
                if isRefused { subscriptions.refusals += 1 } else { subscriptions.successes += 1 }
            }
        }
    }

    /// An event of a subscription was made.
    public func countEvent(_ read: Read, of consumer: String, at now: UInt64) {
        counts.withLock { counts in
            counts.countSubscription(consumer) { subscriptions in
                subscriptions.events += 1
                subscriptions.records += UInt64(read.records)
                subscriptions.bytes += UInt64(read.bytes)
                subscriptions.behind.observe(Double(read.millisBehindLatest), at: now)
            }
            counts.countShard(read.shard) { shard in
                shard.outgoingRecords += UInt64(read.records)
                shard.outgoingBytes += UInt64(read.bytes)
            }
        }
    }

    /// Shard-level metrics were switched on or off.
    public func setShardMetrics(_ metrics: Set<ShardLevelMetric>) {
        counts.withLock { set(metrics, in: &$0) }
    }

    /// Forgets shards and consumers that are gone.
    public func forget(shards: some Sequence<ShardID>, consumers: some Sequence<String>) {
        counts.withLock { counts in
            for shard in shards { counts.shards[shard] = nil }
            for consumer in consumers where consumer != StreamMeters.others { counts.subscriptions[consumer] = nil }
        }
    }

    private func set(_ metrics: Set<ShardLevelMetric>?, in counts: inout StreamCounts) {
        guard let metrics, !isShared else { return }
        counts.setShardMetrics(metrics)
    }
}

extension StreamCounts {
    fileprivate mutating func countShard(of record: StreamMeter.Put.Record) {
        guard let id = record.shard else { return }
        countShard(id) { shard in
            switch record.outcome {
            case .put:
                shard.incomingRecords += 1
                shard.incomingBytes += UInt64(record.bytes)
            case .throttled: shard.throttledWrites += 1
            case .failed: break
            }
        }
    }
}

extension StreamCounts.Calls {
    /// What is counted of one call: numbers alone, since it is made anew for each.
    fileprivate struct Sum {
        var records: UInt64 = 0
        var bytes: UInt64 = 0
        var totalRecords: UInt64 = 0
        var throttledRecords: UInt64 = 0
        var failedRecords: UInt64 = 0
    }

    fileprivate mutating func count(_ call: Sum, _ nanoseconds: UInt64) {
        latency.observe(nanoseconds: nanoseconds)
        if call.records > 0 { successes += 1 }
        records += call.records
        bytes += call.bytes
        totalRecords += call.totalRecords
        throttledRecords += call.throttledRecords
        failedRecords += call.failedRecords
    }
}
