import WeirModel
import WeirWire

extension KinesisCalling {
    /// Keeps records shorter: down to 24 hours. Records older than that are gone at once.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DecreaseStreamRetentionPeriod.html
    public func decreaseStreamRetentionPeriod(_ stream: String, hours: Int) async throws(ServiceError) {
        _ = try await call(
            DecreaseStreamRetentionPeriod.self,
            DecreaseStreamRetentionPeriod.Request(streamName: stream, retentionPeriodHours: hours)
        )
    }
}
