import WeirModel
import WeirWire

extension KinesisCalling {
    /// Changes how a queue delivers; what is nil stays.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateQueue.html
    public func updateQueue(
        arn: String,
        attributes: QueueAttributesShape
    ) async throws(ServiceError) -> QueueDescriptionShape {
        try await call(UpdateQueue.self, UpdateQueue.Request(queueARN: arn, queueAttributes: attributes))
            .queueDescription
    }
}
