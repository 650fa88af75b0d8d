import WeirModel

/// What is counted of one stream: Kinesis' own metrics.
///
/// Source: https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
public struct StreamCounts: Sendable {
    /// The calls of one action. Bytes are those of data and partition keys.
    public struct Calls: Hashable, Sendable {
        /// How long the calls took: also how many there were.
        public internal(set) var latency = LatencyHistogram()
        /// Calls that succeeded; of PutRecords those with at least one record that did.
        public internal(set) var successes: UInt64 = 0
        /// Records that were put or got.
        public internal(set) var records: UInt64 = 0
        /// Their bytes.
        public internal(set) var bytes: UInt64 = 0
        /// Records that were sent, of PutRecords.
        public internal(set) var totalRecords: UInt64 = 0
        /// Records that were refused because the throughput of their shard was used up, of PutRecords.
        public internal(set) var throttledRecords: UInt64 = 0
        /// Records that failed for another reason, of PutRecords.
        public internal(set) var failedRecords: UInt64 = 0
    }

    /// The subscriptions of one consumer.
    public struct Subscriptions: Hashable, Sendable {
        /// Subscriptions that began.
        public internal(set) var successes: UInt64 = 0
        /// Subscriptions that were refused because there was one lately.
        public internal(set) var refusals: UInt64 = 0
        /// Events that were made.
        public internal(set) var events: UInt64 = 0
        /// Records in them.
        public internal(set) var records: UInt64 = 0
        /// Bytes of the records.
        public internal(set) var bytes: UInt64 = 0
        /// How many milliseconds the events were behind the newest record.
        public internal(set) var behind = RecentMaximum()
    }

    /// What is counted of a shard where shard-level metrics are on.
    public struct Shard: Hashable, Sendable {
        /// Bytes of the records that were put.
        public internal(set) var incomingBytes: UInt64 = 0
        /// Records that were put.
        public internal(set) var incomingRecords: UInt64 = 0
        /// Bytes of the records that were got or sent to subscriptions.
        public internal(set) var outgoingBytes: UInt64 = 0
        /// Records that were got or sent to subscriptions.
        public internal(set) var outgoingRecords: UInt64 = 0
        /// Records that were refused.
        public internal(set) var throttledWrites: UInt64 = 0
        /// GetRecords calls that were refused.
        public internal(set) var throttledReads: UInt64 = 0
        /// How many milliseconds the answers of GetRecords were behind the newest record.
        public internal(set) var iteratorAge = RecentMaximum()
    }

    /// PutRecord.
    public internal(set) var putRecord = Calls()
    /// PutRecords.
    public internal(set) var putRecords = Calls()
    /// GetRecords.
    public internal(set) var getRecords = Calls()
    /// Records that were refused because the throughput of their shard was used up.
    public internal(set) var throttledWrites: UInt64 = 0
    /// GetRecords calls that were refused for the same reason.
    public internal(set) var throttledReads: UInt64 = 0
    /// How many milliseconds the answers of GetRecords were behind the newest record.
    public internal(set) var iteratorAge = RecentMaximum()
    /// By the names of consumers.
    public internal(set) var subscriptions: [String: Subscriptions] = [:]
    /// The shard-level metrics that are on.
    public internal(set) var shardMetrics: Set<ShardLevelMetric> = []
    /// The shards, where shard-level metrics are on.
    public internal(set) var shards: [ShardID: Shard] = [:]

    /// Nothing counted.
    public init() {}

    /// Shard-level metrics were switched on or off: what is off is forgotten.
    mutating func setShardMetrics(_ metrics: Set<ShardLevelMetric>) {
        guard metrics != shardMetrics else { return }
        shardMetrics = metrics
        if metrics.isEmpty { shards = [:] }
    }

    /// Counts something of a shard, unless shard-level metrics are off or there are too many shards.
    mutating func countShard(_ shard: ShardID, _ count: (inout Shard) -> Void) {
        guard !shardMetrics.isEmpty else { return }
        guard shards.count < Limits.maximumMeteredShardCount || shards[shard] != nil else { return }
        count(&shards[shard, default: Shard()])
    }

    /// Counts something of a consumer; beyond a number of consumers all others are counted as one.
    mutating func countSubscription(_ consumer: String, _ count: (inout Subscriptions) -> Void) {
        let isNew = subscriptions[consumer] == nil
        let others = subscriptions[StreamMeters.others] == nil ? 0 : 1
        let isTooMany = isNew && subscriptions.count - others >= Limits.maximumMeteredConsumerCount
        count(&subscriptions[isTooMany ? StreamMeters.others : consumer, default: Subscriptions()])
    }
}
