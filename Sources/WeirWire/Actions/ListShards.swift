import WeirModel

/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
public enum ListShards: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// Where to go on: from the answer before.
        public var nextToken: String?
        /// Go on after this shard.
        public var exclusiveStartShardID: String?
        /// Shards of the answer, at most: 1 to 10,000, default 1,000.
        public var maxResults: Int?
        /// Tells streams of one name apart by their creation time.
        public var streamCreationTimestamp: Timestamp?
        /// Which shards.
        public var shardFilter: ShardFilter?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            nextToken: String? = nil,
            exclusiveStartShardID: String? = nil,
            maxResults: Int? = nil,
            streamCreationTimestamp: Timestamp? = nil,
            shardFilter: ShardFilter? = nil,
            streamARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamName = streamName
            self.nextToken = nextToken
            self.exclusiveStartShardID = exclusiveStartShardID
            self.maxResults = maxResults
            self.streamCreationTimestamp = streamCreationTimestamp
            self.shardFilter = shardFilter
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case nextToken = "NextToken"
            case exclusiveStartShardID = "ExclusiveStartShardId"
            case maxResults = "MaxResults"
            case streamCreationTimestamp = "StreamCreationTimestamp"
            case shardFilter = "ShardFilter"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The shards, by ascending ID.
        public var shards: [Shard]
        /// Where to go on, when there are more.
        public var nextToken: String?

        /// An output from its members.
        public init(shards: [Shard], nextToken: String? = nil) {
            self.shards = shards
            self.nextToken = nextToken
        }

        enum CodingKeys: String, CodingKey {
            case shards = "Shards"
            case nextToken = "NextToken"
        }
    }
}
