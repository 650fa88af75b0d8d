import WeirModel
import WeirWire

extension KinesisCalling {
    /// Lets up to 10 records become visible at another time. What failed is told in the answer.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateQueueRecordsVisibility.html
    public func updateQueueRecordsVisibility(
        arn: String,
        entries: [QueueVisibilityEntry]
    ) async throws(ServiceError) -> QueueEntriesOutput {
        try await call(UpdateQueueRecordsVisibility.self, QueueVisibilityInput(queueARN: arn, entries: entries))
    }
}
