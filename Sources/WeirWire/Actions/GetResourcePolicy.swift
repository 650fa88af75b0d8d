/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html
public enum GetResourcePolicy: KinesisAction {
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

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The policy, in JSON.
        public var policy: String

        /// An output from its members.
        public init(policy: String) {
            self.policy = policy
        }

        enum CodingKeys: String, CodingKey {
            case policy = "Policy"
        }
    }
}
