/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html
public enum MergeShards: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// The shard.
        public var shardToMerge: String?
        /// Its neighbour.
        public var adjacentShardToMerge: String?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            shardToMerge: String? = nil,
            adjacentShardToMerge: String? = nil,
            streamARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamName = streamName
            self.shardToMerge = shardToMerge
            self.adjacentShardToMerge = adjacentShardToMerge
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case shardToMerge = "ShardToMerge"
            case adjacentShardToMerge = "AdjacentShardToMerge"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    public typealias Response = EmptyResponse
}
