/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
public enum CreateStream: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// How many shards it begins with.
        public var shardCount: Int?
        /// Provisioned (default) or on demand.
        public var streamModeDetails: StreamModeDetails?
        /// Tags by key.
        public var tags: [String: String]?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            shardCount: Int? = nil,
            streamModeDetails: StreamModeDetails? = nil,
            tags: [String: String]? = nil
        ) {
            self.streamName = streamName
            self.shardCount = shardCount
            self.streamModeDetails = streamModeDetails
            self.tags = tags
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case shardCount = "ShardCount"
            case streamModeDetails = "StreamModeDetails"
            case tags = "Tags"
        }
    }

    public typealias Response = EmptyResponse
}
