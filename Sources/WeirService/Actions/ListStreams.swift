import NIOCore
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension KinesisService {
    /// The names and states of the streams, page by page in ascending order.
    func listStreams(_ request: ListStreams.Request) async throws(ServiceError) -> ListStreams.Response {
        var validator = Validator()
        validator.number("limit", request.limit, 1...Limits.maximumListStreamsLimit)
        validator.text(
            "exclusiveStartStreamName",
            request.exclusiveStartStreamName,
            pattern: .name,
            length: 1...Limits.maximumStreamNameLength
        )
        validator.text("nextToken", request.nextToken, length: 1...Limits.maximumNextTokenLength)
        try validator.finish()

        var after = request.exclusiveStartStreamName
        if let token = request.nextToken {
            after = try ListByNameToken(.streams, token, sealer: tokens, now: time.wallMilliseconds).lastName
        }
        let limit = request.limit ?? Limits.defaultListStreamsLimit
        var names = try await store.streamNames(after: after, limit: limit + 1)
        let hasMore = names.count > limit
        names.removeLast(max(0, names.count - limit))

        var summaries: [StreamSummary] = []
        summaries.reserveCapacity(names.count)
        for name in names {
            // A stream may be deleted between the two calls; then it is named once more, without a summary.
            guard let stream = try? await store.stream(name: name) else { continue }
            summaries.append(
                StreamSummary(
                    streamName: name,
                    streamARN: arn(of: name),
                    streamStatus: stream.status.rawValue,
                    streamModeDetails: stream.modeDetails,
                    streamCreationTimestamp: stream.createdAt
                )
            )
        }
        var next: String?
        if hasMore, let last = names.last {
            next = try ListByNameToken(.streams, lastName: last, issuedAt: time.wallMilliseconds).sealed(by: tokens)
        }
        return ListStreams.Response(
            streamNames: names,
            hasMoreStreams: hasMore,
            nextToken: next,
            streamSummaries: summaries
        )
    }
}
