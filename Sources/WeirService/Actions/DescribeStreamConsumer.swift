import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// A consumer.
    func describeStreamConsumer(
        _ request: DescribeStreamConsumer.Request
    ) async throws(ServiceError) -> DescribeStreamConsumer.Response {
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
        return DescribeStreamConsumer.Response(
            consumerDescription: ConsumerDescriptionShape(
                consumerName: found.consumer.name,
                consumerARN: arn(of: found.consumer, stream: found.stream.name),
                consumerStatus: found.consumer.status.rawValue,
                consumerCreationTimestamp: found.consumer.createdAt,
                streamARN: arn(of: found.stream.name)
            )
        )
    }
}
