import WeirModel

/// A stream without its shards.
public struct StreamDescriptionSummary: Codable, Hashable, Sendable {
    /// The name.
    public var streamName: String
    /// The ARN.
    public var streamARN: String
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
    /// How many shards take records.
    public var openShardCount: Int
    /// How many consumers are registered.
    public var consumerCount: Int?

    /// A value from its members.
    public init(
        streamName: String,
        streamARN: String,
        streamStatus: String,
        streamModeDetails: StreamModeDetails? = nil,
        retentionPeriodHours: Int,
        streamCreationTimestamp: Timestamp,
        enhancedMonitoring: [EnhancedMonitoring],
        encryptionType: String? = nil,
        openShardCount: Int,
        consumerCount: Int? = nil
    ) {
        self.streamName = streamName
        self.streamARN = streamARN
        self.streamStatus = streamStatus
        self.streamModeDetails = streamModeDetails
        self.retentionPeriodHours = retentionPeriodHours
        self.streamCreationTimestamp = streamCreationTimestamp
        self.enhancedMonitoring = enhancedMonitoring
        self.encryptionType = encryptionType
        self.openShardCount = openShardCount
        self.consumerCount = consumerCount
    }

    enum CodingKeys: String, CodingKey {
        case streamName = "StreamName"
        case streamARN = "StreamARN"
        case streamStatus = "StreamStatus"
        case streamModeDetails = "StreamModeDetails"
        case retentionPeriodHours = "RetentionPeriodHours"
        case streamCreationTimestamp = "StreamCreationTimestamp"
        case enhancedMonitoring = "EnhancedMonitoring"
        case encryptionType = "EncryptionType"
        case openShardCount = "OpenShardCount"
        case consumerCount = "ConsumerCount"
    }
}
