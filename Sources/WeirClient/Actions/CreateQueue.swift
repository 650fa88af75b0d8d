import WeirModel
import WeirWire

extension KinesisCalling {
    /// Makes a queue on a stream.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateQueue.html
    public func createQueue(
        _ name: String,
        streamARN: String,
        position: QueueStartingPositionShape? = nil,
        attributes: QueueAttributesShape? = nil,
        tags: [String: String] = [:]
    ) async throws(ServiceError) -> QueueDescriptionShape {
        try await call(
            CreateQueue.self,
            CreateQueue.Request(
                queueName: name,
                streamConfigurationList: [.init(streamARN: streamARN, startingPosition: position)],
                queueAttributes: attributes,
                tags: tags.isEmpty ? nil : tags
            )
        ).queueDescription
    }
}
