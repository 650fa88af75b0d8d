/// A record that a producer has accepted, and the acknowledgement to come.
public struct PendingPut: Sendable {
    private let outcome = OneShot<Result<PutReceipt, ProducerError>>()
    /// When it was handed over, in nanoseconds of the monotonic clock.
    let beganAt: UInt64
    /// Bytes of the record's data and partition key.
    let sizeInBytes: Int

    init(beganAt: UInt64, sizeInBytes: Int) {
        self.beganAt = beganAt
        self.sizeInBytes = sizeInBytes
    }

    /// Waits until the service has the record. Throws when it was not put, or when the task is cancelled; the record is
    /// put all the same then.
    public func receipt() async throws(ProducerError) -> PutReceipt {
        guard let result = await outcome.value() else {
            throw ProducerError(.cancelled, "The wait for the acknowledgement was cancelled.")
        }
        return try result.get()
    }

    func resolve(_ result: Result<PutReceipt, ProducerError>) {
        outcome.resolve(result)
    }
}
