import WeirModel
import WeirWire

extension KinesisCalling {
    /// Receives records of a queue, and waits for one where none is visible.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ReceiveQueueRecords.html
    public func receiveQueueRecords(
        arn: String,
        limit: Int? = nil,
        waitTimeSeconds: Int? = nil,
        visibilityTimeoutSeconds: Int? = nil
    ) async throws(ServiceError) -> [QueueRecord] {
        try await call(
            ReceiveQueueRecords.self,
            QueueReceiveInput(
                queueARN: arn,
                limit: limit,
                waitTimeSeconds: waitTimeSeconds,
                visibilityTimeoutSeconds: visibilityTimeoutSeconds
            )
        ).queueRecords
    }
}
