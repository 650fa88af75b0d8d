import WeirModel
import WeirWire

extension KinesisCalling {
    /// Removes the policy of a stream or a consumer.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteResourcePolicy.html
    public func deleteResourcePolicy(resourceARN: String) async throws(ServiceError) {
        _ = try await call(DeleteResourcePolicy.self, DeleteResourcePolicy.Request(resourceARN: resourceARN))
    }
}
