/// Which shard-level metrics of a stream are switched on or off.
public struct EnhancedMonitoringInput: WireMessage, Codable, Hashable {
    /// The name of the stream.
    public var streamName: String?
    /// Names of metrics, 1 to 7; `ALL` stands for all.
    public var shardLevelMetrics: [String]?
    /// The ARN of the stream, instead of its name.
    public var streamARN: String?
    /// The ID of the stream, instead of its name or ARN.
    public var streamID: String?

    /// An input from its members.
    public init(
        streamName: String? = nil,
        shardLevelMetrics: [String]? = nil,
        streamARN: String? = nil,
        streamID: String? = nil
    ) {
        self.streamName = streamName
        self.shardLevelMetrics = shardLevelMetrics
        self.streamARN = streamARN
        self.streamID = streamID
    }

    enum CodingKeys: String, CodingKey {
        case streamName = "StreamName"
        case shardLevelMetrics = "ShardLevelMetrics"
        case streamARN = "StreamARN"
        case streamID = "StreamId"
    }
}
