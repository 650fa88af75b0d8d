import WeirModel
import WeirWire

extension KinesisService {
    /// Receives dead letters, and waits for one where none is visible.
    func receiveDeadLetterQueueRecords(
        _ request: QueueReceiveInput,
        _ call: ActionCall
    ) async throws(ServiceError) -> QueueReceiveOutput {
        try await receive(request, ofDeadLetters: true, call)
    }
}
