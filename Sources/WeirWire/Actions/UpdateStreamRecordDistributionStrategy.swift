/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamRecordDistributionStrategy.html
public enum UpdateStreamRecordDistributionStrategy: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of the stream.
        public var streamARN: String?
        /// The ID of the stream, instead of its ARN.
        public var streamID: String?
        /// `AUTO` or `USER_PARTITION_KEY`.
        public var recordDistributionStrategy: String?

        /// An input from its members.
        public init(streamARN: String? = nil, streamID: String? = nil, recordDistributionStrategy: String? = nil) {
            self.streamARN = streamARN
            self.streamID = streamID
            self.recordDistributionStrategy = recordDistributionStrategy
        }

        enum CodingKeys: String, CodingKey {
            case streamARN = "StreamARN"
            case streamID = "StreamId"
            case recordDistributionStrategy = "RecordDistributionStrategy"
        }
    }

    public typealias Response = EmptyResponse
}
