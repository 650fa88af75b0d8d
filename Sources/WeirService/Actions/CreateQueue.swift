import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Makes a queue on a stream. It is ready when the call returns, or where states last, after a while.
    func createQueue(_ request: CreateQueue.Request) async throws(ServiceError) -> QueueDescriptionOutput {
        try validate(request)
        let attributes = try (request.queueAttributes ?? QueueAttributesShape()).applied(to: QueueAttributes())
        let tags = request.tags ?? [:]
        let name = request.queueName ?? ""
        guard tags.count <= Limits.maximumTagCount else { throw tooManyTags(queue: name) }
        try StreamTags.validate(tags)
        guard let configuration = request.streamConfigurationList?.first, request.streamConfigurationList?.count == 1
        else {
            throw ServiceError(
                .validation,
                "StreamConfigurationList must contain exactly one entry: a queue delivers records from a single data stream."
            )
        }
        let start = try start(configuration.startingPosition)
        let stream = try await stream(try streamName(nil, configuration.streamARN))
        try requireActiveOrUpdating(stream)
        let queue = try await queueStore().createQueue(
            NewQueue(name: name, stream: stream, start: start, attributes: attributes, tags: tags),
            maximumConsumerCount: try await maximumConsumerCount(of: stream)
        )
        return QueueDescriptionOutput(queueDescription: shape(queue))
    }

    private func validate(_ request: CreateQueue.Request) throws(ServiceError) {
        var validator = Validator()
        validator.require("queueName", request.queueName != nil)
        validator.text("queueName", request.queueName, pattern: .name, length: 1...Limits.maximumQueueNameLength)
        let configurations = request.streamConfigurationList
        validator.require("streamConfigurationList", configurations != nil)
        let maximum = Limits.maximumQueueStreamConfigurationCount
        validator.count("streamConfigurationList", configurations?.count, 1...maximum)
        if let first = configurations?.first {
            let path = "streamConfigurationList.1.member"
            validator.require("\(path).streamARN", first.streamARN != nil)
            validator.text(
                "\(path).streamARN",
                first.streamARN,
                pattern: .streamARN,
                length: 1...Limits.maximumStreamARNLength
            )
            if let position = first.startingPosition {
                validator.require("\(path).startingPosition.type", position.type != nil)
                let types = ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]
                validator.choice("\(path).startingPosition.type", position.type, of: types)
            }
        }
        validator.queueAttributes(request.queueAttributes)
        validator.count("tags", request.tags?.count, 1...Limits.maximumTagsPerCall)
        try validator.finish()
    }

    /// Where a queue is to begin.
    private func start(_ position: QueueStartingPositionShape?) throws(ServiceError) -> QueueStart {
        guard let position, let type = position.type else { return .latest }
        let isAtTimestamp = type == "AT_TIMESTAMP"
        guard isAtTimestamp == (position.timestamp != nil) else {
            throw ServiceError(
                .validation,
                isAtTimestamp
                    ? "Timestamp is required when the Type of the StartingPosition is AT_TIMESTAMP."
                    : "Timestamp can only be specified when the Type of the StartingPosition is AT_TIMESTAMP."
            )
        }
        if let timestamp = position.timestamp, timestamp > now {
            throw ServiceError(.validation, "The Timestamp of the StartingPosition must not be in the future.")
        }
        return QueueStart(name: type, at: position.timestamp ?? now) ?? .latest
    }

    /// What is said when a queue would get too many tags.
    func tooManyTags(queue: String, cause: ServiceError? = nil) -> ServiceError {
        ServiceError(
            .invalidArgument,
            """
            Failed to add tags to queue \(queue) under account \(account) because a given queue cannot have more than \
            \(Limits.maximumTagCount) tags associated with it.
            """,
            cause: cause
        )
    }
}
