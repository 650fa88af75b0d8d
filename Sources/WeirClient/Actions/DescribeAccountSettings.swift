import WeirModel
import WeirWire

extension KinesisCalling {
    /// The commitment of the account to a minimum throughput.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeAccountSettings.html
    public func describeAccountSettings() async throws(ServiceError) -> DescribeAccountSettings.Response {
        try await call(DescribeAccountSettings.self, DescribeAccountSettings.Request())
    }
}
