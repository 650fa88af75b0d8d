import WeirModel
import WeirWire

extension KinesisCalling {
    /// One page of the streams, by name: at most `limit` (1 to 10,000, default 100) after a stream.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html
    public func listStreams(
        limit: Int? = nil,
        exclusiveStartStreamName: String? = nil
    ) async throws(ServiceError) -> ListStreams.Response {
        try await call(
            ListStreams.self,
            ListStreams.Request(limit: limit, exclusiveStartStreamName: exclusiveStartStreamName)
        )
    }
}
