/// What switching shard-level metrics on or off did.
public struct EnhancedMonitoringOutput: WireMessage, Codable, Hashable {
    /// The name of the stream.
    public var streamName: String?
    /// The metrics that were on before.
    public var currentShardLevelMetrics: [String]?
    /// The metrics that are on now.
    public var desiredShardLevelMetrics: [String]?
    /// The ARN of the stream.
    public var streamARN: String?

    /// An output from its members.
    public init(
        streamName: String? = nil,
        currentShardLevelMetrics: [String]? = nil,
        desiredShardLevelMetrics: [String]? = nil,
        streamARN: String? = nil
    ) {
        self.streamName = streamName
        self.currentShardLevelMetrics = currentShardLevelMetrics
        self.desiredShardLevelMetrics = desiredShardLevelMetrics
        self.streamARN = streamARN
    }

    enum CodingKeys: String, CodingKey {
        case streamName = "StreamName"
        case currentShardLevelMetrics = "CurrentShardLevelMetrics"
        case desiredShardLevelMetrics = "DesiredShardLevelMetrics"
        case streamARN = "StreamARN"
    }
}
