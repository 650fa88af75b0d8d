import WeirModel
import WeirWire

extension KinesisService {
    /// Receives records, and waits for one where none is visible.
    func receiveQueueRecords(
        _ request: QueueReceiveInput,
        _ call: ActionCall
    ) async throws(ServiceError) -> QueueReceiveOutput {
        try await receive(request, ofDeadLetters: false, call)
    }
}
