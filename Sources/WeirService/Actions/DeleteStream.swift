import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Deletes a stream and its records.
    func deleteStream(_ request: DeleteStream.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN)
        try validator.finish()
        let name = try streamName(request.streamName, request.streamARN)
        do throws(ServiceError) {
            try await store.deleteStream(name: name)
        } catch {
            throw streamError(error, name)
        }
        return EmptyResponse()
    }
}
