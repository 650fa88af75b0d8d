import WeirModel
import WeirWire

extension KinesisCalling {
    /// What the account uses of its limits.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeLimits.html
    public func describeLimits() async throws(ServiceError) -> DescribeLimits.Response {
        try await call(DescribeLimits.self, DescribeLimits.Request())
    }
}
