import WeirModel
import WeirWire

extension KinesisCalling {
    /// Keeps records longer: up to 8,760 hours.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_IncreaseStreamRetentionPeriod.html
    public func increaseStreamRetentionPeriod(_ stream: String, hours: Int) async throws(ServiceError) {
        _ = try await call(
            IncreaseStreamRetentionPeriod.self,
            IncreaseStreamRetentionPeriod.Request(streamName: stream, retentionPeriodHours: hours)
        )
    }
}
