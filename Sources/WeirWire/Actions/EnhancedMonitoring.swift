/// Shard-level metrics that are switched on.
public struct EnhancedMonitoring: Codable, Hashable, Sendable {
    /// Their names.
    public var shardLevelMetrics: [String]

    /// A value from its members.
    public init(shardLevelMetrics: [String]) {
        self.shardLevelMetrics = shardLevelMetrics
    }

    enum CodingKeys: String, CodingKey {
        case shardLevelMetrics = "ShardLevelMetrics"
    }
}
