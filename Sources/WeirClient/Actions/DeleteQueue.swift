import WeirModel
import WeirWire

extension KinesisCalling {
    /// Deletes a queue.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteQueue.html
    public func deleteQueue(arn: String) async throws(ServiceError) {
        _ = try await call(DeleteQueue.self, QueueARNInput(queueARN: arn))
    }
}
