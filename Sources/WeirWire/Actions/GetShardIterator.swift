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

        /// An input from its members.
        public init(
            streamName: String? = nil,
            shardID: String? = nil,
            shardIteratorType: String? = nil,
            startingSequenceNumber: String? = nil,
            timestamp: Timestamp? = nil,
            streamARN: String? = nil
        ) {
            self.streamName = streamName
            self.shardID = shardID
            self.shardIteratorType = shardIteratorType
            self.startingSequenceNumber = startingSequenceNumber
            self.timestamp = timestamp
            self.streamARN = streamARN
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case shardID = "ShardId"
            case shardIteratorType = "ShardIteratorType"
            case startingSequenceNumber = "StartingSequenceNumber"
            case timestamp = "Timestamp"
            case streamARN = "StreamARN"
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
