import WeirModel
import WeirWire

extension KinesisCalling {
    /// The policy of a stream or a consumer, in JSON: `{}` when it has none.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html
    public func getResourcePolicy(resourceARN: String) async throws(ServiceError) -> String {
        try await call(GetResourcePolicy.self, GetResourcePolicy.Request(resourceARN: resourceARN)).policy
    }
}
