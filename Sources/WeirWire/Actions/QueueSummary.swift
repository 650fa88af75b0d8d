import WeirModel

/// A queue as ListQueues gives it.
public struct QueueSummary: Codable, Hashable, Sendable {
    /// The name.
    public var queueName: String
    /// The ARN.
    public var queueARN: String
    /// `CREATING`, `ACTIVE`, `UPDATING` or `DELETING`.
    public var queueStatus: String
    /// When it was made.
    public var queueCreationTimestamp: Timestamp
    /// The one stream whose records it delivers.
    public var streams: [QueueStreamIdentifier]

    /// A value from its members.
    public init(
        queueName: String,
        queueARN: String,
        queueStatus: String,
        queueCreationTimestamp: Timestamp,
        streams: [QueueStreamIdentifier]
    ) {
        self.queueName = queueName
        self.queueARN = queueARN
        self.queueStatus = queueStatus
        self.queueCreationTimestamp = queueCreationTimestamp
        self.streams = streams
    }

    enum CodingKeys: String, CodingKey {
        case queueName = "QueueName"
        case queueARN = "QueueARN"
        case queueStatus = "QueueStatus"
        case queueCreationTimestamp = "QueueCreationTimestamp"
        case streams = "Streams"
    }
}
