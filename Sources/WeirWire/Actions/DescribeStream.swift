/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html
public enum DescribeStream: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// Shards of the answer, at most: 1 to 10,000, default 100.
        public var limit: Int?
        /// Go on after this shard.
        public var exclusiveStartShardID: String?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            limit: Int? = nil,
            exclusiveStartShardID: String? = nil,
            streamARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamName = streamName
            self.limit = limit
            self.exclusiveStartShardID = exclusiveStartShardID
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case limit = "Limit"
            case exclusiveStartShardID = "ExclusiveStartShardId"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The stream.
        public var streamDescription: StreamDescriptionShape

        /// An output from its members.
        public init(streamDescription: StreamDescriptionShape) {
            self.streamDescription = streamDescription
        }

        enum CodingKeys: String, CodingKey {
            case streamDescription = "StreamDescription"
        }
    }
}
