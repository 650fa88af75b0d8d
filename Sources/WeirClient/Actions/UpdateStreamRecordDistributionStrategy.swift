import WeirModel
import WeirWire

extension KinesisCalling {
    /// Changes what chooses the shard of a record that is put into an on-demand stream.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamRecordDistributionStrategy.html
    public func updateStreamRecordDistributionStrategy(
        streamARN: String,
        _ strategy: RecordDistributionStrategy
    ) async throws(ServiceError) {
        _ = try await call(
            UpdateStreamRecordDistributionStrategy.self,
            UpdateStreamRecordDistributionStrategy.Request(
                streamARN: streamARN,
                recordDistributionStrategy: strategy.rawValue
            )
        )
    }
}
