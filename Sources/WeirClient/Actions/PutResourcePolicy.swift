import WeirModel
import WeirWire

extension KinesisCalling {
    /// Attaches a policy, in JSON, to a stream or a consumer.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html
    public func putResourcePolicy(resourceARN: String, policy: String) async throws(ServiceError) {
        _ = try await call(
            PutResourcePolicy.self,
            PutResourcePolicy.Request(resourceARN: resourceARN, policy: policy)
        )
    }
}
