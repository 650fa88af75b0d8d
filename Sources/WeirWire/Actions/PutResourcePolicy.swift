/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html
public enum PutResourcePolicy: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of a stream or a consumer.
        public var resourceARN: String?
        /// The ID of a stream, instead of its ARN.
        public var streamID: String?
        /// The policy, in JSON.
        public var policy: String?

        /// An input from its members.
        public init(resourceARN: String? = nil, streamID: String? = nil, policy: String? = nil) {
            self.resourceARN = resourceARN
            self.streamID = streamID
            self.policy = policy
        }

        enum CodingKeys: String, CodingKey {
            case resourceARN = "ResourceARN"
            case streamID = "StreamId"
            case policy = "Policy"
        }
    }

    public typealias Response = EmptyResponse
}
