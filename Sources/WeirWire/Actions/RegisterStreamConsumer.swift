/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html
public enum RegisterStreamConsumer: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of the stream.
        public var streamARN: String?
        /// The name of the consumer, unique in the stream.
        public var consumerName: String?
        /// The ID of the stream.
        public var streamID: String?
        /// Tags by key.
        public var tags: [String: String]?

        /// An input from its members.
        public init(
            streamARN: String? = nil,
            consumerName: String? = nil,
            streamID: String? = nil,
            tags: [String: String]? = nil
        ) {
            self.streamARN = streamARN
            self.consumerName = consumerName
            self.streamID = streamID
            self.tags = tags
        }

        enum CodingKeys: String, CodingKey {
            case streamARN = "StreamARN"
            case consumerName = "ConsumerName"
            case streamID = "StreamId"
            case tags = "Tags"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The consumer.
        public var consumer: Consumer

        /// An output from its members.
        public init(consumer: Consumer) {
            self.consumer = consumer
        }

        enum CodingKeys: String, CodingKey {
            case consumer = "Consumer"
        }
    }
}
