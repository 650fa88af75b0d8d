/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
public enum GetRecords: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// Where to read: from GetShardIterator, or from the answer before.
        public var shardIterator: String?
        /// Records of the answer, at most: 1 to 10,000, the default.
        public var limit: Int?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?
        /// Whether only to check that the call would succeed.
        public var isDryRun: Bool?

        /// An input from its members.
        public init(
            shardIterator: String? = nil,
            limit: Int? = nil,
            streamARN: String? = nil,
            streamID: String? = nil,
            isDryRun: Bool? = nil
        ) {
            self.shardIterator = shardIterator
            self.limit = limit
            self.streamARN = streamARN
            self.streamID = streamID
            self.isDryRun = isDryRun
        }

        enum CodingKeys: String, CodingKey {
            case shardIterator = "ShardIterator"
            case limit = "Limit"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
            case isDryRun = "DryRun"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The records, in order.
        public var records: RecordList
        /// Where to go on; nil at the end of a closed shard.
        public var nextShardIterator: String?
        /// How far the answer is behind the tip of the shard.
        public var millisBehindLatest: Int?
        /// At the end of a closed shard: its children.
        public var childShards: [ChildShard]?

        /// An output from its members.
        public init(
            records: RecordList,
            nextShardIterator: String? = nil,
            millisBehindLatest: Int? = nil,
            childShards: [ChildShard]? = nil
        ) {
            self.records = records
            self.nextShardIterator = nextShardIterator
            self.millisBehindLatest = millisBehindLatest
            self.childShards = childShards
        }

        enum CodingKeys: String, CodingKey {
            case records = "Records"
            case nextShardIterator = "NextShardIterator"
            case millisBehindLatest = "MillisBehindLatest"
            case childShards = "ChildShards"
        }
    }
}
