/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_TagResource.html
public enum TagResource: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// Tags by key: 1 to 200.
        public var tags: [String: String]?
        /// The ARN of a stream.
        public var resourceARN: String?
        /// The ID of the stream, instead of its ARN.
        public var streamID: String?

        /// An input from its members.
        public init(tags: [String: String]? = nil, resourceARN: String? = nil, streamID: String? = nil) {
            self.tags = tags
            self.resourceARN = resourceARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case tags = "Tags"
            case resourceARN = "ResourceARN"
            case streamID = "StreamId"
        }
    }

    public typealias Response = EmptyResponse
}
