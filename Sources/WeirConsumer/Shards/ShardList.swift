import WeirClient
import WeirModel
import WeirWire

/// Lists the shards of a stream.
struct ShardList: Sendable {
    let streamName: String
    let kinesis: any KinesisCalling

    /// When the stream was made: what tells it from another one of its name. Throws `resourceNotFound` when there is none.
    func streamCreation() async throws(ServiceError) -> Timestamp {
        let request = DescribeStreamSummary.Request(streamName: streamName)
        return try await kinesis.call(DescribeStreamSummary.self, request).streamDescriptionSummary
            .streamCreationTimestamp
    }

    /// All shards, open and closed, by ascending ID. Throws `resourceNotFound` when there is no such stream.
    func shards() async throws(ServiceError) -> [Shard] {
        var shards: [Shard] = []
        var nextToken: String?
        repeat {
            // A token names its stream; both in one request are refused.
            let request = ListShards.Request(streamName: nextToken == nil ? streamName : nil, nextToken: nextToken)
            let page = try await kinesis.call(ListShards.self, request)
            shards += page.shards
            nextToken = page.nextToken
        } while nextToken != nil
        return shards
    }
}
