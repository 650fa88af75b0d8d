/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html
public enum DescribeStreamSummary: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(streamName: String? = nil, streamARN: String? = nil, streamID: String? = nil) {
            self.streamName = streamName
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The stream, without its shards.
        public var streamDescriptionSummary: StreamDescriptionSummary

        /// An output from its members.
        public init(streamDescriptionSummary: StreamDescriptionSummary) {
            self.streamDescriptionSummary = streamDescriptionSummary
        }

        enum CodingKeys: String, CodingKey {
            case streamDescriptionSummary = "StreamDescriptionSummary"
        }
    }
}
