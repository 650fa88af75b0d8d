/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamConsumer.html
public enum DescribeStreamConsumer: KinesisAction {
    /// The input: the consumer's ARN, or its stream's ARN and its name, or all three.
    public struct Request: WireMessage, Codable {
        /// The ARN of the stream.
        public var streamARN: String?
        /// The name of the consumer.
        public var consumerName: String?
        /// The ARN of the consumer.
        public var consumerARN: String?
        /// The ID of the stream.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamARN: String? = nil,
            consumerName: String? = nil,
            consumerARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamARN = streamARN
            self.consumerName = consumerName
            self.consumerARN = consumerARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamARN = "StreamARN"
            case consumerName = "ConsumerName"
            case consumerARN = "ConsumerARN"
            case streamID = "StreamId"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The consumer.
        public var consumerDescription: ConsumerDescriptionShape

        /// An output from its members.
        public init(consumerDescription: ConsumerDescriptionShape) {
            self.consumerDescription = consumerDescription
        }

        enum CodingKeys: String, CodingKey {
            case consumerDescription = "ConsumerDescription"
        }
    }
}
