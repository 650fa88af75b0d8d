import WeirModel
import WeirWire

extension KinesisCalling {
    /// Describes a consumer by its ARN.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamConsumer.html
    public func describeStreamConsumer(arn: String) async throws(ServiceError) -> ConsumerDescriptionShape {
        try await call(
            DescribeStreamConsumer.self,
            DescribeStreamConsumer.Request(consumerARN: arn)
        ).consumerDescription
    }

    /// Describes a consumer by its name and its stream's ARN. Throws `resourceNotFound` when there is none.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamConsumer.html
    public func describeStreamConsumer(
        _ name: String,
        streamARN: String
    ) async throws(ServiceError) -> ConsumerDescriptionShape {
        try await call(
            DescribeStreamConsumer.self,
            DescribeStreamConsumer.Request(streamARN: streamARN, consumerName: name)
        ).consumerDescription
    }
}
