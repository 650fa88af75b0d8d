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
        validator.choice("shardIteratorType", request.shardIteratorType, of: ShardStartRequest.types)
        validator.text("startingSequenceNumber", request.startingSequenceNumber, pattern: .sequenceNumber)
        validator.stream(request.streamName, request.streamARN, request.streamID)
        try validator.finish()

        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        let shard = try shardID(request.shardID ?? "", stream: name)
        let stream: StreamDescription
        do throws(ServiceError) {
            stream = try await store.stream(name: name)
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            throw shardDoesNotExist(shard, name, cause: error)
        }
        let position = try await position(
            ShardStartRequest(
                action: GetShardIterator.name,
                type: request.shardIteratorType ?? "",
                sequenceNumber: request.startingSequenceNumber,
                timestamp: request.timestamp
            ),
            shard: shard,
            stream: stream
        )
        try endDryRun(request.isDryRun)
        let iterator = ShardIterator(
            streamID: stream.id,
            streamName: name,
            shard: shard,
            position: position,
            issuedAt: time.wallMilliseconds
        )
        return GetShardIterator.Response(shardIterator: try iterator.sealed(by: tokens))
    }
}
