import Logging
import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Closes two adjacent shards and opens one that serves the hash keys of both.
    func mergeShards(_ request: MergeShards.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.shard("shardToMerge", request.shardToMerge)
        validator.shard("adjacentShardToMerge", request.adjacentShardToMerge)
        validator.stream(request.streamName, request.streamARN, request.streamID)
        try validator.finish()

        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        let first = try shardID(request.shardToMerge ?? "", stream: name)
        let second = try shardID(request.adjacentShardToMerge ?? "", stream: name)
        let stream = try await stream(name)
        try requireActive(stream)
        let lower = try openShard(first, stream)
        let upper = try openShard(second, stream)

        // The second shard must begin where the first ends; AWS refuses the other order too.
        guard lower.hashKeyRange.isAdjacent(to: upper.hashKeyRange),
            lower.hashKeyRange.ending < upper.hashKeyRange.starting
        else {
            throw ServiceError(
                .invalidArgument,
                """
                Shards \(first) and \(second) in stream \(name) under account \(account) are not an adjacent pair of \
                shards eligible for merging
                """
            )
        }
        do throws(ServiceError) {
            try await store.mergeShards(stream: name, shard: first, adjacent: second)
        } catch {
            throw streamError(error, name)
        }
        logger.info("merged two shards", metadata: ["stream.name": "\(name)", "shard.id": "\(first)"])
        return EmptyResponse()
    }
}
