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
                maximumCount: try await maximumConsumerCount(of: stream)
            )
            return RegisterStreamConsumer.Response(consumer: shape(consumer, stream: stream.name))
        } catch {
            throw streamError(error, stream.name)
        }
    }

    /// How many consumers and queues a stream may have: more where the account has On-demand Advantage.
    func maximumConsumerCount(of stream: StreamDescription) async throws(ServiceError) -> Int {
        guard stream.settings.mode == .onDemand, try await store.throughputCommitment().isInForce(at: now) else {
            return Limits.maximumConsumerCount
        }
        return Limits.maximumAdvantageConsumerCount
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
