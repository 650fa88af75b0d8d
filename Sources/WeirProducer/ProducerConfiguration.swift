import WeirClient
import WeirModel

/// How a producer batches, repeats and bounds what it holds.
public struct ProducerConfiguration: Sendable {
    /// What is kept in order.
    public enum Ordering: Hashable, Sendable {
        /// Records of one partition key are put in the order they were accepted in. At most one record of a key is on
        /// its way, because the service may take one record of a call and refuse another before it. With n keys at most
        /// n records go in one call, so a single busy key is slow.
        case perPartitionKey
        /// Nothing. Records of one key that fail and are repeated come after later ones.
        case none
    }

    /// What is kept in order. Default per partition key.
    public var ordering = Ordering.perPartitionKey
    /// Records of one call, at most: 1 to 500, the default.
    public var maximumBatchCount = Limits.maximumPutRecordsCount
    /// Bytes of data and partition keys of one call, at most: 1 to 10 MiB, default 5 MiB.
    public var maximumBatchSizeInBytes = 5 << 20
    /// How long a record waits for others to go with it. Default 5 ms.
    public var linger: Duration = .milliseconds(5)
    /// Calls on their way at the same time, at most. Default 8.
    public var maximumConcurrentCalls = 8
    /// Bytes of the records that are accepted and not yet put, at most; `put` waits while there is no room. Each counts
    /// its data and keys and 256 bytes for the bookkeeping. Default 64 MiB, at least 2 MiB.
    public var maximumBufferedSizeInBytes = 64 << 20
    /// A record that the service has not taken after this time fails; one that is on its way then, when the call fails.
    /// Default 30 s.
    public var recordTimeToLive: Duration = .seconds(30)
    /// The upper bound of the random wait before a failed record is sent again for the first time; it doubles with each
    /// further time. Default 100 ms.
    public var retryBaseDelay: Duration = .milliseconds(100)
    /// The upper bound of every such wait. Default 2 s.
    public var maximumRetryDelay: Duration = .seconds(2)

    /// The defaults.
    public init() {}

    /// Throws `invalidConfiguration` when a value is out of its range.
    func validate() throws(ProducerError) {
        func require(_ condition: Bool, _ message: String) throws(ProducerError) {
            guard condition else { throw ProducerError(.invalidConfiguration, message) }
        }
        try require(
            (1...Limits.maximumPutRecordsCount).contains(maximumBatchCount),
            "maximumBatchCount must be from 1 to \(Limits.maximumPutRecordsCount)."
        )
        try require(
            (1...Limits.maximumPutRecordsSizeInBytes).contains(maximumBatchSizeInBytes),
            "maximumBatchSizeInBytes must be from 1 to \(Limits.maximumPutRecordsSizeInBytes)."
        )
        try require(maximumConcurrentCalls > 0, "maximumConcurrentCalls must be at least 1.")
        try require(
            maximumBufferedSizeInBytes >= 2 * Limits.maximumRecordSizeInBytes,
            "maximumBufferedSizeInBytes must be at least \(2 * Limits.maximumRecordSizeInBytes)."
        )
        try require(linger >= .zero, "linger must not be negative.")
        try require(recordTimeToLive > .zero, "recordTimeToLive must be greater than zero.")
        try require(
            retryBaseDelay >= .zero && maximumRetryDelay >= .zero,
            "retryBaseDelay and maximumRetryDelay must not be negative."
        )
    }

    /// The back-off of records: how long at most before the n-th repetition.
    var retryPolicy: RetryPolicy {
        var policy = RetryPolicy()
        policy.baseDelay = retryBaseDelay
        policy.throttlingBaseDelay = retryBaseDelay
        policy.maximumDelay = maximumRetryDelay
        return policy
    }
}
