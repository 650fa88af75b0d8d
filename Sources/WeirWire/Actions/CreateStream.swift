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
        /// MiB a second to keep an on-demand stream ready for.
        public var warmThroughputMiBps: Int?
        /// KiB of a record, at most: 1,024 (default) to 10,240.
        public var maxRecordSizeInKiB: Int?
        /// `AUTO` or `USER_PARTITION_KEY` (default).
        public var recordDistributionStrategy: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            shardCount: Int? = nil,
            streamModeDetails: StreamModeDetails? = nil,
            tags: [String: String]? = nil,
            warmThroughputMiBps: Int? = nil,
            maxRecordSizeInKiB: Int? = nil,
            recordDistributionStrategy: String? = nil
        ) {
            self.streamName = streamName
            self.shardCount = shardCount
            self.streamModeDetails = streamModeDetails
            self.tags = tags
            self.warmThroughputMiBps = warmThroughputMiBps
            self.maxRecordSizeInKiB = maxRecordSizeInKiB
            self.recordDistributionStrategy = recordDistributionStrategy
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case shardCount = "ShardCount"
            case streamModeDetails = "StreamModeDetails"
            case tags = "Tags"
            case warmThroughputMiBps = "WarmThroughputMiBps"
            case maxRecordSizeInKiB = "MaxRecordSizeInKiB"
            case recordDistributionStrategy = "RecordDistributionStrategy"
        }
    }

    public typealias Response = EmptyResponse
}
