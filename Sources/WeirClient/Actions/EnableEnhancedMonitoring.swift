import WeirModel
import WeirWire

extension KinesisCalling {
    /// Switches shard-level metrics of a stream on, and tells which were on and which are.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_EnableEnhancedMonitoring.html
    @discardableResult
    public func enableEnhancedMonitoring(
        _ stream: String,
        metrics: Set<ShardLevelMetric>
    ) async throws(ServiceError) -> EnhancedMonitoringOutput {
        try await call(
            EnableEnhancedMonitoring.self,
            EnableEnhancedMonitoring.Request(
                streamName: stream,
                shardLevelMetrics: metrics.map(\.rawValue).sorted()
            )
        )
    }
}
