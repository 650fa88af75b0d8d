import WeirModel
import WeirWire

extension KinesisCalling {
    /// Deregisters a consumer. Its subscriptions end.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeregisterStreamConsumer.html
    public func deregisterStreamConsumer(arn: String) async throws(ServiceError) {
        _ = try await call(
            DeregisterStreamConsumer.self,
            DeregisterStreamConsumer.Request(consumerARN: arn)
        )
    }
}
