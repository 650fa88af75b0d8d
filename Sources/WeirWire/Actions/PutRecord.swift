import NIOCore

/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
public enum PutRecord: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// The data.
        public var data: ByteBuffer?
        /// The partition key: 1 to 256 characters.
        public var partitionKey: String?
        /// A hash key in decimal, instead of the MD5 of the partition key.
        public var explicitHashKey: String?
        /// The number of an earlier record: the new one is greater.
        public var sequenceNumberForOrdering: String?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?
        /// Whether only to check that the call would succeed.
        public var isDryRun: Bool?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            data: ByteBuffer? = nil,
            partitionKey: String? = nil,
            explicitHashKey: String? = nil,
            sequenceNumberForOrdering: String? = nil,
            streamARN: String? = nil,
            streamID: String? = nil,
            isDryRun: Bool? = nil
        ) {
            self.streamName = streamName
            self.data = data
            self.partitionKey = partitionKey
            self.explicitHashKey = explicitHashKey
            self.sequenceNumberForOrdering = sequenceNumberForOrdering
            self.streamARN = streamARN
            self.streamID = streamID
            self.isDryRun = isDryRun
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case data = "Data"
            case partitionKey = "PartitionKey"
            case explicitHashKey = "ExplicitHashKey"
            case sequenceNumberForOrdering = "SequenceNumberForOrdering"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
            case isDryRun = "DryRun"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The shard that took it.
        public var shardID: String
        /// Its number.
        public var sequenceNumber: String
        /// `NONE` or `KMS`.
        public var encryptionType: String?

        /// An output from its members.
        public init(shardID: String, sequenceNumber: String, encryptionType: String? = nil) {
            self.shardID = shardID
            self.sequenceNumber = sequenceNumber
            self.encryptionType = encryptionType
        }

        enum CodingKeys: String, CodingKey {
            case shardID = "ShardId"
            case sequenceNumber = "SequenceNumber"
            case encryptionType = "EncryptionType"
        }
    }
}
