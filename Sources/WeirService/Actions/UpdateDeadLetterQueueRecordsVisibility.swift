import WeirModel
import WeirWire

extension KinesisService {
    /// Changes when dead letters become visible.
    func updateDeadLetterQueueRecordsVisibility(_ request: QueueVisibilityInput) async throws(ServiceError)
        -> QueueEntriesOutput
    {
        try await changeVisibility(request, ofDeadLetters: true)
    }
}
