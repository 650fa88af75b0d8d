import WeirModel
import WeirWire

extension KinesisCalling {
    /// Acknowledges up to 10 records. What failed is told in the answer.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_AcknowledgeQueueRecords.html
    public func acknowledgeQueueRecords(
        arn: String,
        receiptHandles: [String]
    ) async throws(ServiceError) -> QueueEntriesOutput {
        let entries = receiptHandles.map { QueueReceiptEntry(receiptHandle: $0) }
        return try await call(AcknowledgeQueueRecords.self, QueueReceiptsInput(queueARN: arn, entries: entries))
    }
}
