import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Deregisters a consumer. Its subscriptions end.
    func deregisterStreamConsumer(
        _ request: DeregisterStreamConsumer.Request
    ) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.consumer(
            streamARN: request.streamARN,
            consumerName: request.consumerName,
            consumerARN: request.consumerARN,
            streamID: request.streamID
        )
        try validator.finish()
        let found = try await consumer(
            streamARN: request.streamARN,
            streamID: request.streamID,
            consumerName: request.consumerName,
            consumerARN: request.consumerARN
        )
        do throws(ServiceError) {
            try await store.deregisterConsumer(found.consumer, stream: found.stream)
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            throw consumerNotFound(found.consumer.name, cause: error)
        }
        subscriptions.endAll(of: found.consumer, streamID: found.stream.id)
        return EmptyResponse()
    }
}
