import WeirModel

/// A queue.
public struct QueueDescriptionShape: Codable, Hashable, Sendable {
    /// The name.
    public var queueName: String
    /// The ARN.
    public var queueARN: String
    /// `CREATING`, `ACTIVE`, `UPDATING` or `DELETING`.
    public var queueStatus: String
    /// When it was made.
    public var queueCreationTimestamp: Timestamp
    /// The one stream whose records it delivers.
    public var streamConfigurationList: [QueueStreamConfiguration]
    /// How it delivers.
    public var queueAttributes: QueueAttributesShape?

    /// A value from its members.
    public init(
        queueName: String,
        queueARN: String,
        queueStatus: String,
        queueCreationTimestamp: Timestamp,
        streamConfigurationList: [QueueStreamConfiguration],
        queueAttributes: QueueAttributesShape? = nil
    ) {
        self.queueName = queueName
        self.queueARN = queueARN
        self.queueStatus = queueStatus
        self.queueCreationTimestamp = queueCreationTimestamp
        self.streamConfigurationList = streamConfigurationList
        self.queueAttributes = queueAttributes
    }

    enum CodingKeys: String, CodingKey {
        case queueName = "QueueName"
        case queueARN = "QueueARN"
        case queueStatus = "QueueStatus"
        case queueCreationTimestamp = "QueueCreationTimestamp"
        case streamConfigurationList = "StreamConfigurationList"
        case queueAttributes = "QueueAttributes"
    }
}
