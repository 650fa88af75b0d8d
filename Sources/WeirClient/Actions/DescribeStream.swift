import WeirModel
import WeirWire

extension KinesisCalling {
    /// Describes a stream and one page of its shards: at most `limit` (1 to 10,000, default 100) after a shard.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html
    public func describeStream(
        _ stream: String,
        limit: Int? = nil,
        exclusiveStartShardID: String? = nil
    ) async throws(ServiceError) -> StreamDescriptionShape {
        try await call(
            DescribeStream.self,
            DescribeStream.Request(streamName: stream, limit: limit, exclusiveStartShardID: exclusiveStartShardID)
        ).streamDescription
    }
}
