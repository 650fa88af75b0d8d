import WeirModel
import WeirWire

extension KinesisService {
    /// Makes dead letters records again that are received as any other.
    func restoreDeadLetterQueueRecords(_ request: QueueReceiptsInput) async throws(ServiceError) -> QueueEntriesOutput {
        try await restore(request)
    }
}
