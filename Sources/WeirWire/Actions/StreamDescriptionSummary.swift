import WeirModel

/// A stream without its shards.
public struct StreamDescriptionSummary: Codable, Hashable, Sendable {
    /// The name.
    public var streamName: String
    /// The ARN.
    public var streamARN: String
    /// The ID.
    public var streamID: String?
    /// The state.
    public var streamStatus: String
    /// The capacity mode.
    public var streamModeDetails: StreamModeDetails?
    /// Hours a record is kept.
    public var retentionPeriodHours: Int
    /// When it was made.
    public var streamCreationTimestamp: Timestamp
    /// Shard-level metrics that are switched on.
    public var enhancedMonitoring: [EnhancedMonitoring]
    /// `NONE` or `KMS`.
    public var encryptionType: String?
    /// The key with which records are encrypted.
    public var keyID: String?
    /// How many shards take records.
    public var openShardCount: Int
    /// How many consumers are registered.
    public var consumerCount: Int?
    /// The throughput that an on-demand stream is kept ready for.
    public var warmThroughput: WarmThroughput?
    /// KiB of a record, at most.
    public var maxRecordSizeInKiB: Int?
    /// Of an on-demand stream: `AUTO` or `USER_PARTITION_KEY`.
    public var recordDistributionStrategy: String?
    /// How many queues there are on the stream.
    public var queueCount: Int?

    /// A value from its members.
    public init(
        streamName: String,
        streamARN: String,
        streamID: String? = nil,
        streamStatus: String,
        streamModeDetails: StreamModeDetails? = nil,
        retentionPeriodHours: Int,
        streamCreationTimestamp: Timestamp,
        enhancedMonitoring: [EnhancedMonitoring],
        encryptionType: String? = nil,
        keyID: String? = nil,
        openShardCount: Int,
        consumerCount: Int? = nil,
        warmThroughput: WarmThroughput? = nil,
        maxRecordSizeInKiB: Int? = nil,
        recordDistributionStrategy: String? = nil,
        queueCount: Int? = nil
    ) {
        self.streamName = streamName
        self.streamARN = streamARN
        self.streamID = streamID
        self.streamStatus = streamStatus
        self.streamModeDetails = streamModeDetails
        self.retentionPeriodHours = retentionPeriodHours
        self.streamCreationTimestamp = streamCreationTimestamp
        self.enhancedMonitoring = enhancedMonitoring
        self.encryptionType = encryptionType
        self.keyID = keyID
        self.openShardCount = openShardCount
        self.consumerCount = consumerCount
        self.warmThroughput = warmThroughput
        self.maxRecordSizeInKiB = maxRecordSizeInKiB
        self.recordDistributionStrategy = recordDistributionStrategy
        self.queueCount = queueCount
    }

    enum CodingKeys: String, CodingKey {
        case streamName = "StreamName"
        case streamARN = "StreamARN"
        case streamID = "StreamId"
        case streamStatus = "StreamStatus"
        case streamModeDetails = "StreamModeDetails"
        case retentionPeriodHours = "RetentionPeriodHours"
        case streamCreationTimestamp = "StreamCreationTimestamp"
        case enhancedMonitoring = "EnhancedMonitoring"
        case encryptionType = "EncryptionType"
        case keyID = "KeyId"
        case openShardCount = "OpenShardCount"
        case consumerCount = "ConsumerCount"
        case warmThroughput = "WarmThroughput"
        case maxRecordSizeInKiB = "MaxRecordSizeInKiB"
        case recordDistributionStrategy = "RecordDistributionStrategy"
        case queueCount = "QueueCount"
    }
}
