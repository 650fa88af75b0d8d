import WeirModel
import WeirWire

extension KinesisCalling {
    /// Receives dead letters of a queue, and waits for one where none is visible.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ReceiveDeadLetterQueueRecords.html
    public func receiveDeadLetterQueueRecords(
        arn: String,
        limit: Int? = nil,
        waitTimeSeconds: Int? = nil,
        visibilityTimeoutSeconds: Int? = nil
    ) async throws(ServiceError) -> [QueueRecord] {
        try await call(
            ReceiveDeadLetterQueueRecords.self,
            QueueReceiveInput(
                queueARN: arn,
                limit: limit,
                waitTimeSeconds: waitTimeSeconds,
                visibilityTimeoutSeconds: visibilityTimeoutSeconds
            )
        ).queueRecords
    }
}
