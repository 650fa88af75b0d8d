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
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            retentionPeriodHours: Int? = nil,
            streamARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamName = streamName
            self.retentionPeriodHours = retentionPeriodHours
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case retentionPeriodHours = "RetentionPeriodHours"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    public typealias Response = EmptyResponse
}
