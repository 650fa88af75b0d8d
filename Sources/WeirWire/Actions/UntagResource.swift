/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UntagResource.html
public enum UntagResource: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The keys: 1 to 50.
        public var tagKeys: [String]?
        /// The ARN of a stream.
        public var resourceARN: String?
        /// The ID of the stream, instead of its ARN.
        public var streamID: String?

        /// An input from its members.
        public init(tagKeys: [String]? = nil, resourceARN: String? = nil, streamID: String? = nil) {
            self.tagKeys = tagKeys
            self.resourceARN = resourceARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case tagKeys = "TagKeys"
            case resourceARN = "ResourceARN"
            case streamID = "StreamId"
        }
    }

    public typealias Response = EmptyResponse
}
