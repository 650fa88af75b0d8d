/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateQueue.html
public enum UpdateQueue: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of the queue.
        public var queueARN: String?
        /// How it delivers from now on; what is absent stays.
        public var queueAttributes: QueueAttributesShape?

        /// An input from its members.
        public init(queueARN: String? = nil, queueAttributes: QueueAttributesShape? = nil) {
            self.queueARN = queueARN
            self.queueAttributes = queueAttributes
        }

        enum CodingKeys: String, CodingKey {
            case queueARN = "QueueARN"
            case queueAttributes = "QueueAttributes"
        }
    }

    public typealias Response = QueueDescriptionOutput
}
