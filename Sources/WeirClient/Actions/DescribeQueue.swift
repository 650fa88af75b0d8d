import WeirModel
import WeirWire

extension KinesisCalling {
    /// A queue.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeQueue.html
    public func describeQueue(arn: String) async throws(ServiceError) -> QueueDescriptionShape {
        try await call(DescribeQueue.self, QueueARNInput(queueARN: arn)).queueDescription
    }
}
