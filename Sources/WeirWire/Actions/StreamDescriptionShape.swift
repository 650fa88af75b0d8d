import WeirModel

/// A stream with its shards.
public struct StreamDescriptionShape: Codable, Hashable, Sendable {
    /// The name.
    public var streamName: String
    /// The ARN.
    public var streamARN: String
    /// The state.
    public var streamStatus: String
    /// The capacity mode.
    public var streamModeDetails: StreamModeDetails?
    /// The shards, by ascending ID.
    public var shards: [Shard]
    /// Whether there are more.
    public var hasMoreShards: Bool
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

    /// A value from its members.
    public init(
        streamName: String,
        streamARN: String,
        streamStatus: String,
        streamModeDetails: StreamModeDetails? = nil,
        shards: [Shard],
        hasMoreShards: Bool,
        retentionPeriodHours: Int,
        streamCreationTimestamp: Timestamp,
        enhancedMonitoring: [EnhancedMonitoring],
        encryptionType: String? = nil,
        keyID: String? = nil
    ) {
        self.streamName = streamName
        self.streamARN = streamARN
        self.streamStatus = streamStatus
        self.streamModeDetails = streamModeDetails
        self.shards = shards
        self.hasMoreShards = hasMoreShards
        self.retentionPeriodHours = retentionPeriodHours
        self.streamCreationTimestamp = streamCreationTimestamp
        self.enhancedMonitoring = enhancedMonitoring
        self.encryptionType = encryptionType
        self.keyID = keyID
    }

    enum CodingKeys: String, CodingKey {
        case streamName = "StreamName"
        case streamARN = "StreamARN"
        case streamStatus = "StreamStatus"
        case streamModeDetails = "StreamModeDetails"
        case shards = "Shards"
        case hasMoreShards = "HasMoreShards"
        case retentionPeriodHours = "RetentionPeriodHours"
        case streamCreationTimestamp = "StreamCreationTimestamp"
        case enhancedMonitoring = "EnhancedMonitoring"
        case encryptionType = "EncryptionType"
        case keyID = "KeyId"
    }
}
