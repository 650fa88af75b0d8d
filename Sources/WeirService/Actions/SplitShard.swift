import Logging
import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Closes a shard and opens two that share its hash keys.
    func splitShard(_ request: SplitShard.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.require("newStartingHashKey", request.newStartingHashKey != nil)
        validator.text("newStartingHashKey", request.newStartingHashKey, pattern: .hashKey)
        validator.stream(request.streamName, request.streamARN, request.streamID)
        validator.shard("shardToSplit", request.shardToSplit)
        try validator.finish()

        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        let id = try shardID(request.shardToSplit ?? "", stream: name)
        let stream = try await stream(name)
        try requireActive(stream)
        let shard = try openShard(id, stream)

        let text = request.newStartingHashKey ?? ""
        let range = shard.hashKeyRange
        // AWS wants at least two hash keys below the new start, and one above it.
        guard let key = HashKey(text), key > range.starting, key.value - range.starting.value > 1, key < range.ending
        else {
            throw ServiceError(
                .invalidArgument,
                """
                NewStartingHashKey \(text) used in SplitShard() on shard \(id) in stream \(name) under account \
                \(account) is not both greater than one plus the shard's StartingHashKey \(range.starting) and less \
                than the shard's EndingHashKey \(range.ending).
                """
            )
        }
        do throws(ServiceError) {
            try await store.splitShard(stream: name, shard: id, newStartingHashKey: key)
        } catch {
            throw streamError(error, name)
        }
        logger.info("split a shard", metadata: ["stream.name": "\(name)", "shard.id": "\(id)"])
        return EmptyResponse()
    }

    /// A shard that may be split or merged.
    func openShard(_ id: ShardID, _ stream: StreamDescription) throws(ServiceError) -> ShardDescription {
        guard let shard = stream.shard(id) else { throw couldNotFindShard(id.description, stream.name) }
        guard shard.isOpen else {
            throw ServiceError(
                .invalidArgument,
                """
                Shard \(id) in stream \(stream.name) under account \(account) has already been merged or split, and \
                thus is not eligible for merging or splitting.
                """
            )
        }
        return shard
    }
}
