/// The settings of a stream that are neither its shards nor its retention nor its tags.
///
/// Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StreamDescriptionSummary.html
public struct StreamSettings: Hashable, Sendable {
    /// Who looks after the number of shards.
    public var mode: StreamMode
    /// KiB of a record's data and partition key together, at most: ``Limits/recordSizeRangeInKiB``.
    public var maximumRecordSizeInKiB: Int
    /// The key with which new records are encrypted, as the client named it; nil when they are not.
    public var encryptionKeyID: String?
    /// Shard-level metrics that are switched on.
    public var shardLevelMetrics: Set<ShardLevelMetric>
    /// MiB a second that an on-demand stream is kept ready to take; nil when it was not asked for.
    public var warmThroughputMiBps: Int?
    /// What chooses the shard of a record.
    public var distribution: RecordDistributionStrategy

    /// Settings; those that are not given are the ones of a new stream.
    public init(
        mode: StreamMode = .provisioned,
        maximumRecordSizeInKiB: Int = Limits.recordSizeRangeInKiB.lowerBound,
        encryptionKeyID: String? = nil,
        shardLevelMetrics: Set<ShardLevelMetric> = [],
        warmThroughputMiBps: Int? = nil,
        distribution: RecordDistributionStrategy = .userPartitionKey
    ) {
        self.mode = mode
        self.maximumRecordSizeInKiB = maximumRecordSizeInKiB
        self.encryptionKeyID = encryptionKeyID
        self.shardLevelMetrics = shardLevelMetrics
        self.warmThroughputMiBps = warmThroughputMiBps
        self.distribution = distribution
    }

    /// Bytes of a record's data and partition key together, at most.
    public var maximumRecordSizeInBytes: Int { maximumRecordSizeInKiB << 10 }

    /// Whether new records are encrypted.
    public var isEncrypted: Bool { encryptionKeyID != nil }
}

/// The capacity modes. Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StreamModeDetails.html
public enum StreamMode: String, Sendable, CaseIterable {
    /// The owner sets the number of shards.
    case provisioned = "PROVISIONED"
    /// The server splits and merges shards by their load.
    case onDemand = "ON_DEMAND"
}

/// What chooses the shard of a record. Source:
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamRecordDistributionStrategy.html
public enum RecordDistributionStrategy: String, Sendable, CaseIterable {
    /// The server spreads records evenly, whatever their keys are.
    case auto = "AUTO"
    /// The partition key or the explicit hash key.
    case userPartitionKey = "USER_PARTITION_KEY"
}

/// The metrics that are counted for each shard when they are switched on. Source:
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_EnhancedMetrics.html
public enum ShardLevelMetric: String, Sendable, CaseIterable {
    case incomingBytes = "IncomingBytes"
    case incomingRecords = "IncomingRecords"
    case outgoingBytes = "OutgoingBytes"
    case outgoingRecords = "OutgoingRecords"
    case writeProvisionedThroughputExceeded = "WriteProvisionedThroughputExceeded"
    case readProvisionedThroughputExceeded = "ReadProvisionedThroughputExceeded"
    case iteratorAgeMilliseconds = "IteratorAgeMilliseconds"

    /// The name that stands for all of them.
    public static let allName = "ALL"
}
