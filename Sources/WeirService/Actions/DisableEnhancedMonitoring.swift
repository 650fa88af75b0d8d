import WeirModel
import WeirWire

extension KinesisService {
    /// Switches shard-level metrics off.
    func disableEnhancedMonitoring(
        _ request: DisableEnhancedMonitoring.Request
    ) async throws(ServiceError) -> EnhancedMonitoringOutput {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN, request.streamID)
        validator.metricNames(request.shardLevelMetrics)
        try validator.finish()
        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        return try await changeMetrics(of: name, .disableMetrics(Set(metricNames: request.shardLevelMetrics ?? [])))
    }
}
