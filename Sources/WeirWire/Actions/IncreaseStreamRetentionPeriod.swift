/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_IncreaseStreamRetentionPeriod.html
public enum IncreaseStreamRetentionPeriod: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// Hours a record is kept: 24 to 8,760.
        public var retentionPeriodHours: Int?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?

        /// An input from its members.
        public init(streamName: String? = nil, retentionPeriodHours: Int? = nil, streamARN: String? = nil) {
            self.streamName = streamName
            self.retentionPeriodHours = retentionPeriodHours
            self.streamARN = streamARN
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case retentionPeriodHours = "RetentionPeriodHours"
            case streamARN = "StreamARN"
        }
    }

    public typealias Response = EmptyResponse
}
