/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteResourcePolicy.html
public enum DeleteResourcePolicy: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of a stream or a consumer.
        public var resourceARN: String?
        /// The ID of a stream, instead of its ARN.
        public var streamID: String?

        /// An input from its members.
        public init(resourceARN: String? = nil, streamID: String? = nil) {
            self.resourceARN = resourceARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case resourceARN = "ResourceARN"
            case streamID = "StreamId"
        }
    }

    public typealias Response = EmptyResponse
}
