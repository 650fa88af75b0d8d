import WeirModel
import WeirWire

extension KinesisCalling {
    /// Deletes a stream and its records.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html
    public func deleteStream(_ stream: String, enforceConsumerDeletion: Bool = false) async throws(ServiceError) {
        _ = try await call(
            DeleteStream.self,
            DeleteStream.Request(streamName: stream, enforceConsumerDeletion: enforceConsumerDeletion)
        )
    }
}
