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

        /// An input from its members.
        public init(
            streamName: String? = nil,
            shardToSplit: String? = nil,
            newStartingHashKey: String? = nil,
            streamARN: String? = nil
        ) {
            self.streamName = streamName
            self.shardToSplit = shardToSplit
            self.newStartingHashKey = newStartingHashKey
            self.streamARN = streamARN
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case shardToSplit = "ShardToSplit"
            case newStartingHashKey = "NewStartingHashKey"
            case streamARN = "StreamARN"
        }
    }

    public typealias Response = EmptyResponse
}
