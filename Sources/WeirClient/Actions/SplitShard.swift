import WeirModel
import WeirWire

extension KinesisCalling {
    /// Splits a shard in two; `newStartingHashKey`, in decimal, is the first hash key of the second.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html
    public func splitShard(
        stream: String,
        shardID: String,
        newStartingHashKey: String
    ) async throws(ServiceError) {
        _ = try await call(
            SplitShard.self,
            SplitShard.Request(streamName: stream, shardToSplit: shardID, newStartingHashKey: newStartingHashKey)
        )
    }
}
