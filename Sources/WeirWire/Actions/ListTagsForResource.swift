/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForResource.html
public enum ListTagsForResource: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of a stream.
        public var resourceARN: String?
        /// The ID of the stream, instead of its ARN.
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
        /// All tags, by ascending key.
        public var tags: [Tag]

        /// An output from its members.
        public init(tags: [Tag]) { self.tags = tags }

        enum CodingKeys: String, CodingKey {
            case tags = "Tags"
        }
    }
}
