import WeirModel
import WeirWire

extension KinesisCalling {
    /// Lets up to 10 dead letters become visible at another time. What failed is told in the answer.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateDeadLetterQueueRecordsVisibility.html
    public func updateDeadLetterQueueRecordsVisibility(
        arn: String,
        entries: [QueueVisibilityEntry]
    ) async throws(ServiceError) -> QueueEntriesOutput {
        try await call(
            UpdateDeadLetterQueueRecordsVisibility.self,
            QueueVisibilityInput(queueARN: arn, entries: entries)
        )
    }
}
