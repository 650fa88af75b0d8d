/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForStream.html
public enum ListTagsForStream: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// Go on after this key.
        public var exclusiveStartTagKey: String?
        /// Tags of the answer, at most: 1 to 50.
        public var limit: Int?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            exclusiveStartTagKey: String? = nil,
            limit: Int? = nil,
            streamARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamName = streamName
            self.exclusiveStartTagKey = exclusiveStartTagKey
            self.limit = limit
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case exclusiveStartTagKey = "ExclusiveStartTagKey"
            case limit = "Limit"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The tags, by ascending key.
        public var tags: [Tag]
        /// Whether there are more.
        public var hasMoreTags: Bool

        /// An output from its members.
        public init(tags: [Tag], hasMoreTags: Bool) {
            self.tags = tags
            self.hasMoreTags = hasMoreTags
        }

        enum CodingKeys: String, CodingKey {
            case tags = "Tags"
            case hasMoreTags = "HasMoreTags"
        }
    }
}
