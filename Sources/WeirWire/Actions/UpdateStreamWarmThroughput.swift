/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamWarmThroughput.html
public enum UpdateStreamWarmThroughput: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of the stream.
        public var streamARN: String?
        /// The name of the stream.
        public var streamName: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?
        /// MiB a second to keep the stream ready for.
        public var warmThroughputMiBps: Int?

        /// An input from its members.
        public init(
            streamARN: String? = nil,
            streamName: String? = nil,
            streamID: String? = nil,
            warmThroughputMiBps: Int? = nil
        ) {
            self.streamARN = streamARN
            self.streamName = streamName
            self.streamID = streamID
            self.warmThroughputMiBps = warmThroughputMiBps
        }

        enum CodingKeys: String, CodingKey {
            case streamARN = "StreamARN"
            case streamName = "StreamName"
            case streamID = "StreamId"
            case warmThroughputMiBps = "WarmThroughputMiBps"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The ARN of the stream.
        public var streamARN: String?
        /// The name of the stream.
        public var streamName: String?
        /// The throughput that it is kept ready for.
        public var warmThroughput: WarmThroughput?

        /// An output from its members.
        public init(streamARN: String? = nil, streamName: String? = nil, warmThroughput: WarmThroughput? = nil) {
            self.streamARN = streamARN
            self.streamName = streamName
            self.warmThroughput = warmThroughput
        }

        enum CodingKeys: String, CodingKey {
            case streamARN = "StreamARN"
            case streamName = "StreamName"
            case warmThroughput = "WarmThroughput"
        }
    }
}
