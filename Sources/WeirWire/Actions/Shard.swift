/// A shard.
public struct Shard: Codable, Hashable, Sendable {
    /// The name inside the stream.
    public var shardID: String
    /// The shard it was split from, or the first of the two it was merged from.
    public var parentShardID: String?
    /// The second of the two shards it was merged from.
    public var adjacentParentShardID: String?
    /// The hash keys it serves.
    public var hashKeyRange: HashKeyRangeShape
    /// Its sequence numbers; without an end while it is open.
    public var sequenceNumberRange: SequenceNumberRange

    /// A value from its members.
    public init(
        shardID: String,
        parentShardID: String? = nil,
        adjacentParentShardID: String? = nil,
        hashKeyRange: HashKeyRangeShape,
        sequenceNumberRange: SequenceNumberRange
    ) {
        self.shardID = shardID
        self.parentShardID = parentShardID
        self.adjacentParentShardID = adjacentParentShardID
        self.hashKeyRange = hashKeyRange
        self.sequenceNumberRange = sequenceNumberRange
    }

    enum CodingKeys: String, CodingKey {
        case shardID = "ShardId"
        case parentShardID = "ParentShardId"
        case adjacentParentShardID = "AdjacentParentShardId"
        case hashKeyRange = "HashKeyRange"
        case sequenceNumberRange = "SequenceNumberRange"
    }
}
