import NIOCore
import WeirModel
import WeirWire

extension KinesisClient {
    /// Subscribes a registered consumer to a shard: its records come as soon as they are acknowledged, without being asked
    /// for. Returns when the service has accepted the subscription; with `latest` everything that is put from then on is told.
    ///
    /// It is sent once and not repeated: a consumer may subscribe to a shard once in five seconds, and whoever subscribes
    /// again ends the subscription before. Throws `resourceInUse` when that is too soon, or the consumer is not active yet;
    /// `resourceNotFound`, `invalidArgument`, `accessDenied`, `limitExceeded`, and what any call throws.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
    ///
    /// - Parameters:
    ///   - consumerARN: Of the consumer: see ``KinesisCalling/registerStreamConsumer(_:streamARN:tags:)``.
    ///   - shardID: The shard.
    ///   - position: Where to begin. After a subscription that ended: after the continuation of its last event.
    public func subscribeToShard(
        consumerARN: String,
        shardID: String,
        position: StartingPosition
    ) async throws(ServiceError) -> ShardSubscription {
        let request = SubscribeToShard.Request(
            consumerARN: consumerARN,
            shardID: shardID,
            startingPosition: position.shape
        )
        var body = ByteBuffer()
        request.write(to: &body, format: .json)
        return ShardSubscription(try await open(SubscribeToShard.name, body: body))
    }
}
