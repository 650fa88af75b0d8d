import WeirModel

/// Where the records of a shard come from.
protocol ShardSource {
    /// The next records. After an error the same call goes on where the last good one ended.
    mutating func fetch() async throws(ServiceError) -> ShardPage

    /// How long to wait at the tip before the next fetch; nil when the next fetch itself waits for records, or may.
    var pauseAtTip: Duration? { get }
}
