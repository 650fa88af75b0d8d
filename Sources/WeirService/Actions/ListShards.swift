import WeirModel
import WeirRuntime
import WeirWire

extension KinesisService {
    /// The shards of a stream, page by page in ascending order.
    func listShards(_ request: ListShards.Request) async throws(ServiceError) -> ListShards.Response {
        try validate(request)
        let page = try await firstOrNextPage(request)
        let limit = request.maxResults ?? Limits.defaultListShardsResults
        var shards = page.filter.apply(to: page.stream)
        if let after = page.after { shards.removeAll { $0.id <= after } }

        var next: String?
        if shards.count > limit {
            shards.removeLast(shards.count - limit)
            let token = ListShardsToken(
                streamID: page.stream.id,
                streamName: page.stream.name,
                lastShard: shards[shards.count - 1].id,
                filter: page.filter,
                issuedAt: time.wallMilliseconds
            )
            next = try token.sealed(by: tokens)
        }
        return ListShards.Response(shards: shards.map(Shard.init), nextToken: next)
    }

    private typealias Page = (stream: StreamDescription, after: ShardID?, filter: ShardListFilter)

    private func validate(_ request: ListShards.Request) throws(ServiceError) {
        var validator = Validator()
        validator.number("maxResults", request.maxResults, 1...Limits.maximumListShardsResults)
        validator.shard("exclusiveStartShardId", request.exclusiveStartShardID, isRequired: false)
        validator.text("nextToken", request.nextToken, length: 1...Limits.maximumNextTokenLength)
        validator.choice("shardFilter.type", request.shardFilter?.type, of: Self.filterTypes)
        validator.shard("shardFilter.shardId", request.shardFilter?.shardID, isRequired: false)
        validator.text(
            "streamName",
            request.streamName,
            pattern: .name,
            length: 1...Limits.maximumStreamNameLength
        )
        validator.text("streamARN", request.streamARN, pattern: .streamARN, length: 1...Limits.maximumStreamARNLength)
        validator.streamID(request.streamID)
        try validator.finish()

        let namesStream = request.streamName != nil || request.streamARN != nil || request.streamID != nil
        if request.nextToken == nil, !namesStream {
            throw ServiceError(.invalidArgument, "Either NextToken or StreamName should be provided.")
        }
        guard request.nextToken != nil else { return }
        let others = [
            ("StreamName", request.streamName != nil), ("StreamARN", request.streamARN != nil),
            ("StreamId", request.streamID != nil),
            ("ExclusiveStartShardId", request.exclusiveStartShardID != nil),
            ("StreamCreationTimestamp", request.streamCreationTimestamp != nil),
            ("ShardFilter", request.shardFilter != nil),
        ]
        if let other = others.first(where: \.1) {
            throw ServiceError(.invalidArgument, "NextToken and \(other.0) cannot be provided together.")
        }
    }

    private func firstOrNextPage(_ request: ListShards.Request) async throws(ServiceError) -> Page {
        if let text = request.nextToken {
            let token = try ListShardsToken(text, sealer: tokens, now: time.wallMilliseconds)
            let stream = try await stream(token.streamName)
            guard stream.id == token.streamID else {
                throw ServiceError(.resourceNotFound, "Stream \(stream.name) under account \(account) not found.")
            }
            try requireActiveOrUpdating(stream)
            return (stream, token.lastShard, token.filter)
        }
        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        let stream = try await stream(name)
        if let created = request.streamCreationTimestamp, !created.isInSameSecond(as: stream.createdAt) {
            throw ServiceError(.resourceNotFound, "Stream \(name) under account \(account) not found.")
        }
        try requireActiveOrUpdating(stream)
        var after: ShardID?
        if let text = request.exclusiveStartShardID { after = try shardID(text, stream: name) }
        var filter = ShardListFilter.all
        if let asked = request.shardFilter {
            filter = try resolve(asked, stream)
            if asked.type == "AFTER_SHARD_ID", let text = asked.shardID {
                let shard = try shardID(text, stream: name)
                after = max(after ?? shard, shard)
            }
        }
        return (stream, after, filter)
    }

    private func resolve(_ filter: ShardFilter, _ stream: StreamDescription) throws(ServiceError) -> ShardListFilter {
        let horizon = stream.trimHorizon(at: Timestamp(millisecondsSinceEpoch: time.wallMilliseconds))
        switch filter.type {
        case "AT_LATEST": return .openNow
        case "AT_TRIM_HORIZON": return .open(at: horizon)
        case "AT_TIMESTAMP": return .open(at: max(horizon, try timestamp(of: filter)))
        case "FROM_TIMESTAMP": return .openSince(try timestamp(of: filter))
        case "AFTER_SHARD_ID":
            guard filter.shardID != nil else {
                throw ServiceError(.invalidArgument, "ShardId must be provided with ShardFilter type AFTER_SHARD_ID.")
            }
            return .all
        default: return .all
        }
    }

    private func timestamp(of filter: ShardFilter) throws(ServiceError) -> Timestamp {
        guard let timestamp = filter.timestamp else {
            throw ServiceError(.invalidArgument, "Timestamp must be provided with ShardFilter type \(filter.type).")
        }
        return timestamp
    }

    private static let filterTypes = [
        "AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP",
    ]
}

extension Timestamp {
    /// Clients keep the creation time of a stream in seconds.
    func isInSameSecond(as other: Timestamp) -> Bool {
        millisecondsSinceEpoch / 1000 == other.millisecondsSinceEpoch / 1000
    }
}
