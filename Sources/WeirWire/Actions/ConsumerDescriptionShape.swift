import WeirModel

/// A registered consumer, as DescribeStreamConsumer gives it.
public struct ConsumerDescriptionShape: Codable, Hashable, Sendable {
    /// The name, unique in the stream.
    public var consumerName: String
    /// The ARN.
    public var consumerARN: String
    /// `CREATING`, `ACTIVE` or `DELETING`.
    public var consumerStatus: String
    /// When it was registered.
    public var consumerCreationTimestamp: Timestamp
    /// The ARN of its stream.
    public var streamARN: String

    /// A value from its members.
    public init(
        consumerName: String,
        consumerARN: String,
        consumerStatus: String,
        consumerCreationTimestamp: Timestamp,
        streamARN: String
    ) {
        self.consumerName = consumerName
        self.consumerARN = consumerARN
        self.consumerStatus = consumerStatus
        self.consumerCreationTimestamp = consumerCreationTimestamp
        self.streamARN = streamARN
    }

    enum CodingKeys: String, CodingKey {
        case consumerName = "ConsumerName"
        case consumerARN = "ConsumerARN"
        case consumerStatus = "ConsumerStatus"
        case consumerCreationTimestamp = "ConsumerCreationTimestamp"
        case streamARN = "StreamARN"
    }
}
