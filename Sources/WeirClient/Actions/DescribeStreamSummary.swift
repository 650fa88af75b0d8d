import WeirModel
import WeirWire

extension KinesisCalling {
    /// Describes a stream without its shards.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html
    public func describeStreamSummary(_ stream: String) async throws(ServiceError) -> StreamDescriptionSummary {
        try await call(
            DescribeStreamSummary.self,
            DescribeStreamSummary.Request(streamName: stream)
        ).streamDescriptionSummary
    }
}
