import WeirMetrics
import WeirModel
import WeirWire

extension KinesisService {
    /// Switches shard-level metrics on.
    func enableEnhancedMonitoring(
        _ request: EnableEnhancedMonitoring.Request
    ) async throws(ServiceError) -> EnhancedMonitoringOutput {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN, request.streamID)
        validator.metricNames(request.shardLevelMetrics)
        try validator.finish()
        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        return try await changeMetrics(of: name, .enableMetrics(Set(metricNames: request.shardLevelMetrics ?? [])))
    }

    /// Switches metrics on or off, and tells what that did.
    func changeMetrics(
        of name: String,
        _ change: StreamSettingsChange
    ) async throws(ServiceError) -> EnhancedMonitoringOutput {
        let update = try await changeSettings(of: name, change)
        meters.meter(of: name).setShardMetrics(update.after.shardLevelMetrics)
        return EnhancedMonitoringOutput(
            streamName: name,
            currentShardLevelMetrics: update.before.shardLevelMetrics.names,
            desiredShardLevelMetrics: update.after.shardLevelMetrics.names,
            streamARN: arn(of: name)
        )
    }
}

extension Set<ShardLevelMetric> {
    /// The metrics of names that were found to be valid.
    init(metricNames: [String]) {
        self.init(
            metricNames.contains(ShardLevelMetric.allName)
                ? ShardLevelMetric.allCases : metricNames.compactMap(ShardLevelMetric.init)
        )
    }
}

extension Validator {
    /// Checks the member that names shard-level metrics.
    mutating func metricNames(_ names: [String]?) {
        require("shardLevelMetrics", names != nil)
        guard let names else { return }
        count("shardLevelMetrics", names.count, 1...Limits.maximumMetricNamesPerCall)
        let choices = ShardLevelMetric.allCases.map(\.rawValue) + [ShardLevelMetric.allName]
        guard !names.allSatisfy(choices.contains) else { return }
        fail(
            "shardLevelMetrics",
            value: "[\(names.joined(separator: ", "))]",
            """
            Member must satisfy constraint: [Member must satisfy enum value set: \
            [\(choices.joined(separator: ", "))]]
            """
        )
    }
}
