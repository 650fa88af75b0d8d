import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Changes how a queue delivers; what is not named stays.
    func updateQueue(_ request: UpdateQueue.Request) async throws(ServiceError) -> QueueDescriptionOutput {
        var validator = Validator()
        validator.queueARN(request.queueARN)
        validator.require("queueAttributes", request.queueAttributes != nil)
        validator.queueAttributes(request.queueAttributes)
        try validator.finish()
        let queue = try await queue(request.queueARN)
        let attributes = try (request.queueAttributes ?? QueueAttributesShape()).applied(to: queue.attributes)
        let changed = try await queueStore().updateQueue(queue.resourceID, to: attributes)
        return QueueDescriptionOutput(queueDescription: shape(changed))
    }
}
