/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateQueue.html
public enum CreateQueue: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name, unique in its account and region.
        public var queueName: String?
        /// The one stream whose records it delivers.
        public var streamConfigurationList: [QueueStreamConfiguration]?
        /// How it delivers.
        public var queueAttributes: QueueAttributesShape?
        /// Tags by key.
        public var tags: [String: String]?

        /// An input from its members.
        public init(
            queueName: String? = nil,
            streamConfigurationList: [QueueStreamConfiguration]? = nil,
            queueAttributes: QueueAttributesShape? = nil,
            tags: [String: String]? = nil
        ) {
            self.queueName = queueName
            self.streamConfigurationList = streamConfigurationList
            self.queueAttributes = queueAttributes
            self.tags = tags
        }

        enum CodingKeys: String, CodingKey {
            case queueName = "QueueName"
            case streamConfigurationList = "StreamConfigurationList"
            case queueAttributes = "QueueAttributes"
            case tags = "Tags"
        }
    }

    public typealias Response = QueueDescriptionOutput
}
