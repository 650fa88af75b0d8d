/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
public enum UpdateShardCount: KinesisAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// How many open shards the stream is to have.
        public var targetShardCount: Int?
        /// `UNIFORM_SCALING`: shards of equal size.
        public var scalingType: String?
        /// The ARN of the stream, instead of its name.
        public var streamARN: String?
        /// The ID of the stream, instead of its name or ARN.
        public var streamID: String?

        /// An input from its members.
        public init(
            streamName: String? = nil,
            targetShardCount: Int? = nil,
            scalingType: String? = nil,
            streamARN: String? = nil,
            streamID: String? = nil
        ) {
            self.streamName = streamName
            self.targetShardCount = targetShardCount
            self.scalingType = scalingType
            self.streamARN = streamARN
            self.streamID = streamID
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case targetShardCount = "TargetShardCount"
            case scalingType = "ScalingType"
            case streamARN = "StreamARN"
            case streamID = "StreamId"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The name of the stream.
        public var streamName: String?
        /// How many open shards it had before.
        public var currentShardCount: Int?
        /// How many it gets.
        public var targetShardCount: Int?
        /// The ARN of the stream.
        public var streamARN: String?

        /// An output from its members.
        public init(
            streamName: String? = nil,
            currentShardCount: Int? = nil,
            targetShardCount: Int? = nil,
            streamARN: String? = nil
        ) {
            self.streamName = streamName
            self.currentShardCount = currentShardCount
            self.targetShardCount = targetShardCount
            self.streamARN = streamARN
        }

        enum CodingKeys: String, CodingKey {
            case streamName = "StreamName"
            case currentShardCount = "CurrentShardCount"
            case targetShardCount = "TargetShardCount"
            case streamARN = "StreamARN"
        }
    }
}
