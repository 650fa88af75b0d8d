import WeirModel
import WeirWire

extension KinesisService {
    /// Changes when records become visible.
    func updateQueueRecordsVisibility(_ request: QueueVisibilityInput) async throws(ServiceError) -> QueueEntriesOutput
    {
        try await changeVisibility(request, ofDeadLetters: false)
    }
}
