import WeirModel
import WeirWire

extension KinesisService {
    /// Acknowledges dead letters. What is told to be done is on disk.
    func acknowledgeDeadLetterQueueRecords(_ request: QueueReceiptsInput) async throws(ServiceError)
        -> QueueEntriesOutput
    {
        try await acknowledge(request, ofDeadLetters: true)
    }
}
