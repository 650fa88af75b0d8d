import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension KinesisService {
    /// An iterator for a place in a shard. It is good for five minutes.
    func getShardIterator(_ request: GetShardIterator.Request) async throws(ServiceError) -> GetShardIterator.Response {
        var validator = Validator()
        validator.shard("shardId", request.shardID)
        validator.require("shardIteratorType", request.shardIteratorType != nil)
        validator.choice("shardIteratorType", request.shardIteratorType, of: Self.iteratorTypes)
        validator.text("startingSequenceNumber", request.startingSequenceNumber, pattern: .sequenceNumber)
        validator.stream(request.streamName, request.streamARN, request.streamID)
        try validator.finish()

        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        let shard = try shardID(request.shardID ?? "", stream: name)
        let now = time.wallMilliseconds
        let stream: StreamDescription
        let position: ShardPosition
        do throws(ServiceError) {
            stream = try await store.stream(name: name)
            guard stream.shard(shard) != nil else { throw shardDoesNotExist(shard, name) }
            let start = try start(of: request, shard: shard, stream: stream, now: now)
            position = try await store.position(start, shard: shard, stream: stream)
        } catch  where error.code == .resourceNotFound {
            throw shardDoesNotExist(shard, name, cause: error)
        }
        try endDryRun(request.isDryRun)
        let iterator = ShardIterator(
            streamID: stream.id,
            streamName: name,
            shard: shard,
            position: position,
            issuedAt: now
        )
        return GetShardIterator.Response(shardIterator: try iterator.sealed(by: tokens))
    }

    private func start(
        of request: GetShardIterator.Request,
        shard: ShardID,
        stream: StreamDescription,
        now: Int64
    ) throws(ServiceError) -> ShardStart {
        let type = request.shardIteratorType ?? ""
        switch (type, request.startingSequenceNumber) {
        case ("AT_SEQUENCE_NUMBER", let text?):
            return .atSequenceNumber(try sequenceNumber(text, shard: shard, stream: stream))
        case ("AFTER_SEQUENCE_NUMBER", let text?):
            return .afterSequenceNumber(try sequenceNumber(text, shard: shard, stream: stream))
        case ("TRIM_HORIZON", nil):
            return .trimHorizon
        case ("LATEST", nil):
            return .latest
        case ("AT_TIMESTAMP", nil):
            return .atTimestamp(try timestamp(request.timestamp, now: now))
        default:
            let given = request.startingSequenceNumber == nil ? "no" : "also a"
            throw ServiceError(
                .invalidArgument,
                """
                Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or \
                (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. \
                Request specified \(type) and \(given) StartingSequenceNumber.
                """
            )
        }
    }

    private func sequenceNumber(
        _ text: String,
        shard: ShardID,
        stream: StreamDescription
    ) throws(ServiceError) -> SequenceNumber {
        let use = """
            StartingSequenceNumber \(text) used in GetShardIterator on shard \(shard) in stream \(stream.name) \
            under account \(account) is invalid
            """
        guard let number = SequenceNumber(text) else { throw ServiceError(.invalidArgument, "\(use).") }
        guard number.shard == shard.number else {
            throw ServiceError(
                .invalidArgument,
                """
                Invalid StartingSequenceNumber. It encodes \(ShardID(number.shard)), while it was used in a call to \
                a shard with \(shard)
                """
            )
        }
        guard number.streamEpoch == stream.createdAt.millisecondsSinceEpoch else {
            throw ServiceError(.invalidArgument, "\(use) because it did not come from this stream.")
        }
        return number
    }

    private func timestamp(_ timestamp: Timestamp?, now: Int64) throws(ServiceError) -> Timestamp {
        guard let timestamp else {
            throw ServiceError(
                .invalidArgument,
                """
                Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. \
                Current request has no timestamp parameter.
                """
            )
        }
        guard timestamp.millisecondsSinceEpoch <= now else {
            throw ServiceError(
                .invalidArgument,
                """
                The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
                timestampInMillis: \(timestamp.millisecondsSinceEpoch), currentTimestampInMillis: \(now)
                """
            )
        }
        return timestamp
    }

    private static let iteratorTypes = [
        "AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON",
    ]
}
