/// A shard that goes on where a closed one ended.
public struct ChildShard: Codable, Hashable, Sendable {
    /// The child.
    public var shardID: String
    /// The shard it was split from, or the two it was merged from.
    public var parentShards: [String]
    /// The hash keys it serves.
    public var hashKeyRange: HashKeyRangeShape

    /// A value from its members.
    public init(shardID: String, parentShards: [String], hashKeyRange: HashKeyRangeShape) {
        self.shardID = shardID
        self.parentShards = parentShards
        self.hashKeyRange = hashKeyRange
    }

    enum CodingKeys: String, CodingKey {
        case shardID = "ShardId"
        case parentShards = "ParentShards"
        case hashKeyRange = "HashKeyRange"
    }
}
