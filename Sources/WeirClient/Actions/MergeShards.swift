import WeirModel
import WeirWire

extension KinesisCalling {
    /// Merges two shards whose hash keys touch.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html
    public func mergeShards(
        stream: String,
        shardID: String,
        adjacentShardID: String
    ) async throws(ServiceError) {
        _ = try await call(
            MergeShards.self,
            MergeShards.Request(streamName: stream, shardToMerge: shardID, adjacentShardToMerge: adjacentShardID)
        )
    }
}
