import WeirModel

/// Its output is a stream of ``SubscriptionMessage``, so that it is no ``KinesisAction``.
///
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
public enum SubscribeToShard {
    /// What stands after the dot in `X-Amz-Target`.
    public static let name = "SubscribeToShard"

    /// The input.
    public struct Request: WireMessage, Codable {
        /// The ARN of the consumer.
        public var consumerARN: String?
        /// The ID of the stream.
        public var streamID: String?
        /// The shard.
        public var shardID: String?
        /// Where to begin.
        public var startingPosition: StartingPositionShape?
        /// Whether only to check that the call would succeed.
        public var isDryRun: Bool?

        /// An input from its members.
        public init(
            consumerARN: String? = nil,
            streamID: String? = nil,
            shardID: String? = nil,
            startingPosition: StartingPositionShape? = nil,
            isDryRun: Bool? = nil
        ) {
            self.consumerARN = consumerARN
            self.streamID = streamID
            self.shardID = shardID
            self.startingPosition = startingPosition
            self.isDryRun = isDryRun
        }

        enum CodingKeys: String, CodingKey {
            case consumerARN = "ConsumerARN"
            case streamID = "StreamId"
            case shardID = "ShardId"
            case startingPosition = "StartingPosition"
            case isDryRun = "DryRun"
        }
    }
}
