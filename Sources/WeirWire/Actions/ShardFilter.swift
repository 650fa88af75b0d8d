import WeirModel

/// Which shards ListShards gives.
public struct ShardFilter: Codable, Hashable, Sendable {
    /// `AFTER_SHARD_ID`, `AT_TRIM_HORIZON`, `FROM_TRIM_HORIZON`, `AT_LATEST`, `AT_TIMESTAMP` or `FROM_TIMESTAMP`.
    public var type: String
    /// With `AFTER_SHARD_ID`.
    public var shardID: String?
    /// With the two types that name a time.
    public var timestamp: Timestamp?

    /// A value from its members.
    public init(type: String, shardID: String? = nil, timestamp: Timestamp? = nil) {
        self.type = type
        self.shardID = shardID
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey {
        case type = "Type"
        case shardID = "ShardId"
        case timestamp = "Timestamp"
    }
}
