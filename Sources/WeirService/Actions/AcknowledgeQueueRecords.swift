import WeirModel
import WeirWire

extension KinesisService {
    /// Acknowledges records. What is told to be done is on disk.
    func acknowledgeQueueRecords(_ request: QueueReceiptsInput) async throws(ServiceError) -> QueueEntriesOutput {
        try await acknowledge(request, ofDeadLetters: false)
    }
}
