import WeirModel

/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html
public enum GetShardIterator: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// The shard.
        public var shardID: String?
        /// Where to begin: `AT_SEQUENCE_NUMBER`, `AFTER_SEQUENCE_NUMBER`, `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`.
        public var shardIteratorType: String?
        /// With the two types that name a number.
        public var startingSequenceNumber: String?
        /// With `AT_TIMESTAMP`.
        public var timestamp: Timestamp?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?
        /// Whether only to check that the call would succeed.
        public var isDryRun: Bool?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            shardID: String? = nil,
            shardIteratorType: String? = nil,
            startingSequenceNumber: String? = nil,
            timestamp: Timestamp? = nil,
            streamARN: String? = nil,
            streamID: String? = nil,
            isDryRun: Bool? = nil
        ) {
            self.streamName = streamName
            self.shardID = shardID
            self.shardIteratorType = shardIteratorType
            self.startingSequenceNumber = startingSequenceNumber
            self.timestamp = timestamp
            self.streamARN = streamARN
            self.streamID = streamID
            self.isDryRun = isDryRun
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case shardID = "ShardId"
            case shardIteratorType = "ShardIteratorType"
            case startingSequenceNumber = "StartingSequenceNumber"
            case timestamp = "Timestamp"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
            case isDryRun = "DryRun"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The iterator: good for five minutes.
        public var shardIterator: String?

        /// An output from its members.
        public init(shardIterator: String? = nil) {
            self.shardIterator = shardIterator
        }

        enum CodingKeys: String, CodingKey {
            case shardIterator = "ShardIterator"
        }
    }
}
