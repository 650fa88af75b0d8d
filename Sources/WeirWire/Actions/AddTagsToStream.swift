/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_AddTagsToStream.html
public enum AddTagsToStream: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// Tags by key: 1 to 50.
        public var tags: [String: String]?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            tags: [String: String]? = nil,
            streamARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamName = streamName
            self.tags = tags
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case tags = "Tags"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    public typealias Response = EmptyResponse
}
