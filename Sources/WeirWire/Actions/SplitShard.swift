/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html
public enum SplitShard: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// The shard.
        public var shardToSplit: String?
        /// The first hash key of the second child.
        public var newStartingHashKey: String?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            shardToSplit: String? = nil,
            newStartingHashKey: String? = nil,
            streamARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamName = streamName
            self.shardToSplit = shardToSplit
            self.newStartingHashKey = newStartingHashKey
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case shardToSplit = "ShardToSplit"
            case newStartingHashKey = "NewStartingHashKey"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    public typealias Response = EmptyResponse
}
