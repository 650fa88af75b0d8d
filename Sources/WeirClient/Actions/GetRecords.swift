import WeirModel
import WeirWire

extension KinesisCalling {
    /// Reads records where an iterator points to: at most `limit` (1 to 10,000, the default). The answer may be empty
    /// before the end of the shard; its `nextShardIterator` tells where to go on, and is nil at the end.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
    public func getRecords(iterator: String, limit: Int? = nil) async throws(ServiceError) -> GetRecords.Response {
        try await call(GetRecords.self, GetRecords.Request(shardIterator: iterator, limit: limit))
    }
}
