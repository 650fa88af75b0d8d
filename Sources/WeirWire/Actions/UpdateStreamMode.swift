/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamMode.html
public enum UpdateStreamMode: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of the stream.
        public var streamARN: String?
        /// The ID of the stream, instead of its ARN.
        public var streamID: String?
        /// The mode to change to.
        public var streamModeDetails: StreamModeDetails?
        /// MiB a second to keep the stream ready for; only with the on-demand mode.
        public var warmThroughputMiBps: Int?

        /// An input from its members.
        public init(
            streamARN: String? = nil,
            streamID: String? = nil,
            streamModeDetails: StreamModeDetails? = nil,
            warmThroughputMiBps: Int? = nil
        ) {
            self.streamARN = streamARN
            self.streamID = streamID
            self.streamModeDetails = streamModeDetails
            self.warmThroughputMiBps = warmThroughputMiBps
        }

        enum CodingKeys: String, CodingKey {
            case streamARN = "StreamARN"
            case streamID = "StreamId"
            case streamModeDetails = "StreamModeDetails"
            case warmThroughputMiBps = "WarmThroughputMiBps"
        }
    }

    public typealias Response = EmptyResponse
}
