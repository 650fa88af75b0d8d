import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Registers a consumer. It is ready when the call returns, or where states last, after a while.
    func registerStreamConsumer(
        _ request: RegisterStreamConsumer.Request
    ) async throws(ServiceError) -> RegisterStreamConsumer.Response {
        var validator = Validator()
        validator.require("streamARN", request.streamARN != nil)
        validator.streamARN(request.streamARN)
        validator.require("consumerName", request.consumerName != nil)
        validator.consumerName(request.consumerName)
        validator.streamID(request.streamID)
        validator.count("tags", request.tags?.count, 1...Limits.maximumTagsPerCall)
        try validator.finish()

        let name = request.consumerName ?? ""
        let tags = request.tags ?? [:]
        guard tags.count <= Limits.maximumTagCount else { throw tooManyTags(consumer: name) }
        try StreamTags.validate(tags)
        let stream = try await stream(try await streamName(nil, request.streamARN, request.streamID))
        try requireActiveOrUpdating(stream)
        do throws(ServiceError) {
            let consumer = try await store.registerConsumer(
                name,
                stream: stream.name,
                tags: tags,
                maximumCount: Limits.maximumConsumerCount
            )
            return RegisterStreamConsumer.Response(consumer: shape(consumer, stream: stream.name))
        } catch {
            throw streamError(error, stream.name)
        }
    }

    /// A consumer as it looks on the wire.
    func shape(_ consumer: ConsumerDescription, stream: String) -> Consumer {
        Consumer(
            consumerName: consumer.name,
            consumerARN: arn(of: consumer, stream: stream),
            consumerStatus: consumer.status.rawValue,
            consumerCreationTimestamp: consumer.createdAt
        )
    }
}
