import WeirModel
import WeirRuntime
import WeirWire

extension KinesisService {
    /// The consumers of a stream, page by page in ascending order of their names.
    func listStreamConsumers(
        _ request: ListStreamConsumers.Request
    ) async throws(ServiceError) -> ListStreamConsumers.Response {
        var validator = Validator()
        validator.require("streamARN", request.streamARN != nil)
        validator.streamARN(request.streamARN)
        validator.text("nextToken", request.nextToken, length: 1...Limits.maximumNextTokenLength)
        validator.number("maxResults", request.maxResults, 1...Limits.maximumListStreamConsumersResults)
        validator.streamID(request.streamID)
        try validator.finish()
        if request.nextToken != nil, request.streamCreationTimestamp != nil {
            throw ServiceError(
                .invalidArgument,
                "NextToken and StreamCreationTimestamp cannot be provided together."
            )
        }

        let name = try await streamName(nil, request.streamARN, request.streamID)
        let token = try request.nextToken.map { (text) throws(ServiceError) in
            try ListStreamConsumersToken(text, sealer: tokens, now: time.wallMilliseconds)
        }
        let stream = try await stream(name)
        if let token, token.streamID != stream.id { throw PaginationToken.invalid }
        if let created = request.streamCreationTimestamp, !created.isInSameSecond(as: stream.createdAt) {
            throw ServiceError(.resourceNotFound, "Stream \(name) under account \(account) not found.")
        }
        let rest = stream.consumers.drop { consumer in token.map { consumer.name <= $0.lastName } ?? false }
        let limit = Limits.defaultListStreamConsumersResults
        let page = rest.prefix(min(request.maxResults ?? limit, limit))
        var next: String?
        if page.count < rest.count, let last = page.last {
            next = try ListStreamConsumersToken(
                streamID: stream.id,
                lastName: last.name,
                issuedAt: time.wallMilliseconds
            ).sealed(by: tokens)
        }
        return ListStreamConsumers.Response(consumers: page.map { shape($0, stream: name) }, nextToken: next)
    }
}
