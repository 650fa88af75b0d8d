import WeirModel
import WeirWire

extension KinesisCalling {
    /// Lets up to 10 dead letters be received as any other record again. What failed is told in the answer.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RestoreDeadLetterQueueRecords.html
    public func restoreDeadLetterQueueRecords(
        arn: String,
        receiptHandles: [String]
    ) async throws(ServiceError) -> QueueEntriesOutput {
        let entries = receiptHandles.map { QueueReceiptEntry(receiptHandle: $0) }
        return try await call(RestoreDeadLetterQueueRecords.self, QueueReceiptsInput(queueARN: arn, entries: entries))
    }
}
