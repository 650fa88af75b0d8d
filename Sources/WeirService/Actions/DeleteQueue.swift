import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Deletes a queue; the stream and its records stay.
    func deleteQueue(_ request: QueueARNInput) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.queueARN(request.queueARN)
        try validator.finish()
        try await queueStore().deleteQueue(try await queue(request.queueARN).resourceID)
        return EmptyResponse()
    }
}
