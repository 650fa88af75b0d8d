/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html
public enum UpdateMaxRecordSize: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of the stream.
        public var streamARN: String?
        /// The ID of the stream, instead of its ARN.
        public var streamID: String?
        /// KiB of a record, at most: 1,024 to 10,240.
        public var maxRecordSizeInKiB: Int?

        /// An input from its members.
        public init(streamARN: String? = nil, streamID: String? = nil, maxRecordSizeInKiB: Int? = nil) {
            self.streamARN = streamARN
            self.streamID = streamID
            self.maxRecordSizeInKiB = maxRecordSizeInKiB
        }

        enum CodingKeys: String, CodingKey {
            case streamARN = "StreamARN"
            case streamID = "StreamId"
            case maxRecordSizeInKiB = "MaxRecordSizeInKiB"
        }
    }

    public typealias Response = EmptyResponse
}
