/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_TagResource.html
public enum TagResource: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// Tags by key: 1 to 200.
        public var tags: [String: String]?
        /// The ARN of a stream.
        public var resourceARN: String?

        /// An input from its members.
        public init(tags: [String: String]? = nil, resourceARN: String? = nil) {
            self.tags = tags
            self.resourceARN = resourceARN
        }

        enum CodingKeys: String, CodingKey {
            case tags = "Tags"
            case resourceARN = "ResourceARN"
        }
    }

    public typealias Response = EmptyResponse
}
