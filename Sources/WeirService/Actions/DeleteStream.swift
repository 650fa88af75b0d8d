import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Deletes a stream, its records, and its consumers when that is asked for.
    func deleteStream(_ request: DeleteStream.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN, request.streamID)
        try validator.finish()
        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        do throws(ServiceError) {
            try await store.deleteStream(name: name, deletingConsumers: request.enforceConsumerDeletion ?? false)
        } catch {
            throw streamError(error, name)
        }
        return EmptyResponse()
    }
}
