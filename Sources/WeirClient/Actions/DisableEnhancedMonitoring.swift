import WeirModel
import WeirWire

extension KinesisCalling {
    /// Switches shard-level metrics of a stream off, and tells which were on and which are.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DisableEnhancedMonitoring.html
    @discardableResult
    public func disableEnhancedMonitoring(
        _ stream: String,
        metrics: Set<ShardLevelMetric>
    ) async throws(ServiceError) -> EnhancedMonitoringOutput {
        try await call(
            DisableEnhancedMonitoring.self,
            DisableEnhancedMonitoring.Request(
                streamName: stream,
                shardLevelMetrics: metrics.map(\.rawValue).sorted()
            )
        )
    }
}
