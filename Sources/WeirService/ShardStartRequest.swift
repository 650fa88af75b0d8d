import WeirModel
import WeirRuntime
import WeirStore

/// Where to begin to read a shard, as a call names it.
struct ShardStartRequest {
    /// The action, which the texts of errors name.
    var action: String
    /// One of ``types``.
    var type: String
    var sequenceNumber: String?
    var timestamp: Timestamp?

    /// The types, in the order in which AWS lists them.
    static let types = ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"]
}

extension KinesisService {
    /// Finds the place where a call wants to begin to read a shard.
    func position(
        _ request: ShardStartRequest,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) -> ShardPosition {
        guard stream.shard(shard) != nil else { throw shardDoesNotExist(shard, stream.name) }
        let start = try start(of: request, shard: shard, stream: stream)
        do throws(ServiceError) {
            return try await store.position(start, shard: shard, stream: stream)
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            throw shardDoesNotExist(shard, stream.name, cause: error)
        }
    }

    private func start(
        of request: ShardStartRequest,
        shard: ShardID,
        stream: StreamDescription
    ) throws(ServiceError) -> ShardStart {
        switch (request.type, request.sequenceNumber) {
        case ("AT_SEQUENCE_NUMBER", let text?):
            return .atSequenceNumber(try sequenceNumber(text, request.action, shard: shard, stream: stream))
        case ("AFTER_SEQUENCE_NUMBER", let text?):
            return .afterSequenceNumber(try sequenceNumber(text, request.action, shard: shard, stream: stream))
        case ("TRIM_HORIZON", nil):
            return .trimHorizon
        case ("LATEST", nil):
            return .latest
        case ("AT_TIMESTAMP", nil):
            return .atTimestamp(try timestamp(request.timestamp))
        default:
            let given = request.sequenceNumber == nil ? "no" : "also a"
            throw ServiceError(
                .invalidArgument,
                """
                Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or \
                (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. \
                Request specified \(request.type) and \(given) StartingSequenceNumber.
                """
            )
        }
    }

    private func sequenceNumber(
        _ text: String,
        _ action: String,
        shard: ShardID,
        stream: StreamDescription
    ) throws(ServiceError) -> SequenceNumber {
        let use = """
            StartingSequenceNumber \(text) used in \(action) on shard \(shard) in stream \(stream.name) \
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

    private func timestamp(_ timestamp: Timestamp?) throws(ServiceError) -> Timestamp {
        let now = time.wallMilliseconds
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
}
