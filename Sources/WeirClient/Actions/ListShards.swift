import WeirModel
import WeirWire

extension KinesisCalling {
    /// All shards of a stream that the filter lets through, by ID. Reads page after page.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
    public func listShards(_ stream: String, filter: ShardFilter? = nil) async throws(ServiceError) -> [Shard] {
        var shards: [Shard] = []
        var request = ListShards.Request(streamName: stream, shardFilter: filter)
        while true {
            let page = try await call(ListShards.self, request)
            shards += page.shards
            guard let token = page.nextToken else { return shards }
            // A token stands for the stream and the filter, which must not be named again.
            request = ListShards.Request(nextToken: token)
        }
    }
}
