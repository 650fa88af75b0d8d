import WeirModel
import WeirWire

extension KinesisService {
    /// A queue.
    func describeQueue(_ request: QueueARNInput) async throws(ServiceError) -> QueueDescriptionOutput {
        var validator = Validator()
        validator.queueARN(request.queueARN)
        try validator.finish()
        return QueueDescriptionOutput(queueDescription: shape(try await queue(request.queueARN)))
    }
}
