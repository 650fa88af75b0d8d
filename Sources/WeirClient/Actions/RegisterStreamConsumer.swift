import WeirModel
import WeirWire

extension KinesisCalling {
    /// Registers a consumer with a stream, for ``KinesisClient/subscribeToShard(consumerARN:shardID:position:)``.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html
    public func registerStreamConsumer(
        _ name: String,
        streamARN: String,
        tags: [String: String] = [:]
    ) async throws(ServiceError) -> Consumer {
        try await call(
            RegisterStreamConsumer.self,
            RegisterStreamConsumer.Request(
                streamARN: streamARN,
                consumerName: name,
                tags: tags.isEmpty ? nil : tags
            )
        ).consumer
    }
}
