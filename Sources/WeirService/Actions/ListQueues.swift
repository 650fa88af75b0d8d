import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension KinesisService {
    /// The queues, page by page in ascending order of their names.
    func listQueues(_ request: ListQueues.Request) async throws(ServiceError) -> ListQueues.Response {
        try validate(request)
        let filters = request.streamFilter ?? []
        guard filters.count <= 1 else {
            throw ServiceError(.validation, "StreamFilter must contain exactly one entry.")
        }
        let token = try request.nextToken.map { (text) throws(ServiceError) in
            try ListByNameToken(.queues, text, sealer: tokens, now: time.wallMilliseconds)
        }
        let limit = request.maxResults ?? Limits.maximumListQueuesResults
        let stream = filters.first?.streamARN.flatMap(StreamARN.init)
        var queues = try await queueStore().queues(
            after: token?.lastName,
            limit: limit + 1,
            ofStream: stream?.name
        )
        // All queues of a name's stream are on one stream: it stays as long as they do.
        let isOfOther = stream.map { $0.account != account || $0.region != region } ?? false
        if isOfOther { queues = [] }
        if let created = filters.first?.streamCreationTimestamp {
            queues.removeAll { !created.isInSameSecond(as: $0.streamCreatedAt) }
        }
        let page = queues.prefix(limit)
        var next: String?
        if page.count < queues.count, let last = page.last {
            next = try ListByNameToken(.queues, lastName: last.name, issuedAt: time.wallMilliseconds).sealed(by: tokens)
        }
        return ListQueues.Response(queueSummaries: page.map(summary), nextToken: next)
    }

    private func validate(_ request: ListQueues.Request) throws(ServiceError) {
        var validator = Validator()
        validator.number("maxResults", request.maxResults, 1...Limits.maximumListQueuesResults)
        validator.text("nextToken", request.nextToken, length: 1...Limits.maximumNextTokenLength)
        let maximum = Limits.maximumQueueStreamConfigurationCount
        validator.count("streamFilter", request.streamFilter?.count, 1...maximum)
        if let filter = request.streamFilter?.first {
            let path = "streamFilter.1.member.streamARN"
            validator.require(path, filter.streamARN != nil)
            validator.text(path, filter.streamARN, pattern: .streamARN, length: 1...Limits.maximumStreamARNLength)
        }
        try validator.finish()
    }

    private func summary(_ queue: QueueDescription) -> QueueSummary {
        QueueSummary(
            queueName: queue.name,
            queueARN: arn(of: queue),
            queueStatus: queue.status.rawValue,
            queueCreationTimestamp: queue.createdAt,
            streams: [
                QueueStreamIdentifier(
                    streamARN: arn(of: queue.streamName),
                    streamCreationTimestamp: queue.streamCreatedAt
                )
            ]
        )
    }
}
