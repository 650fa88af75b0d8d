/// The states of a stream. Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StreamDescription.html
public enum StreamStatus: String, Sendable, Codable {
    /// Being made; takes no records yet.
    case creating = "CREATING"
    /// Being deleted; takes no records, and gives those it has until it is gone.
    case deleting = "DELETING"
    /// Ready.
    case active = "ACTIVE"
    /// Shards are being split or merged; records are taken and given as usual.
    case updating = "UPDATING"
}

/// A shard as the store knows it.
public struct ShardDescription: Hashable, Sendable {
    /// The name inside the stream.
    public var id: ShardID
    /// The shard it was split from, or the first of the two it was merged from.
    public var parent: ShardID?
    /// The second of the two shards it was merged from.
    public var adjacentParent: ShardID?
    /// The hash keys it serves.
    public var hashKeyRange: HashKeyRange
    /// Not greater than the number of its first record.
    public var startingSequenceNumber: SequenceNumber
    /// Not smaller than the number of its last record; nil while the shard is open.
    public var endingSequenceNumber: SequenceNumber?
    /// When it was made.
    public var createdAt: Timestamp
    /// When it was closed; nil while the shard is open.
    public var closedAt: Timestamp?

    /// Whether the shard takes records.
    public var isOpen: Bool { endingSequenceNumber == nil }

    /// A shard from its parts.
    public init(
        id: ShardID,
        parent: ShardID? = nil,
        adjacentParent: ShardID? = nil,
        hashKeyRange: HashKeyRange,
        startingSequenceNumber: SequenceNumber,
        endingSequenceNumber: SequenceNumber? = nil,
        createdAt: Timestamp,
        closedAt: Timestamp? = nil
    ) {
        self.id = id
        self.parent = parent
        self.adjacentParent = adjacentParent
        self.hashKeyRange = hashKeyRange
        self.startingSequenceNumber = startingSequenceNumber
        self.endingSequenceNumber = endingSequenceNumber
        self.createdAt = createdAt
        self.closedAt = closedAt
    }
}

/// A stream as the store knows it: an immutable snapshot.
public struct StreamDescription: Sendable {
    /// The name, unique in the store.
    public var name: String
    /// Unique for ever: a stream deleted and made again has another.
    public var id: Int64
    /// When it was made; greater for a stream made again under the same name.
    public var createdAt: Timestamp
    /// The state.
    public var status: StreamStatus
    /// Hours a record is kept.
    public var retentionHours: Int
    /// Records before this time are gone, whatever the retention is now: what was aged out once does not come back when
    /// the retention is raised.
    public var agedOutBefore: Timestamp
    /// All shards that may still hold records, and all open ones, by ascending ID.
    public var shards: [ShardDescription]
    /// The tags, by key.
    public var tags: [String: String]
    /// Mode, encryption and the like.
    public var settings: StreamSettings

    /// The registered consumers, by ascending name.
    public var consumers: [ConsumerDescription] = []
    /// How many queues there are on it.
    public var queueCount = 0

    /// The open shards by ascending starting hash key.
    public private(set) var openShardsByHashKey: [ShardDescription]

    /// A stream from its parts.
    public init(
        name: String,
        id: Int64,
        createdAt: Timestamp,
        status: StreamStatus,
        retentionHours: Int,
        agedOutBefore: Timestamp = Timestamp(millisecondsSinceEpoch: 0),
        shards: [ShardDescription],
        tags: [String: String] = [:],
        settings: StreamSettings = StreamSettings()
    ) {
        self.name = name
        self.id = id
        self.createdAt = createdAt
        self.status = status
        self.retentionHours = retentionHours
        self.agedOutBefore = agedOutBefore
        self.shards = shards
        self.tags = tags
        self.settings = settings
        openShardsByHashKey = shards.filter(\.isOpen).sorted { $0.hashKeyRange.starting < $1.hashKeyRange.starting }
    }

    /// Records that arrived before this time are not given any more.
    public func trimHorizon(at now: Timestamp) -> Timestamp {
        let retention = Int64(retentionHours) * 3_600_000
        return max(agedOutBefore, Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch - retention))
    }

    /// The registered consumer of that name.
    public func consumer(_ name: String) -> ConsumerDescription? { consumers.first { $0.name == name } }

    /// The shard of that ID.
    public func shard(_ id: ShardID) -> ShardDescription? { place(of: id).map { shards[$0] } }

    /// Whether there is an open shard of that ID.
    public func isOpen(_ id: ShardID) -> Bool { place(of: id).map { shards[$0].isOpen } ?? false }

    private func place(of id: ShardID) -> Int? {
        // Ascending IDs, mostly without gaps: a binary search.
        var low = 0
        var high = shards.count
        while low < high {
            let middle = (low + high) / 2
            if shards[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < shards.count && shards[low].id == id ? low : nil
    }

    /// The open shard that serves the hash key.
    public func openShard(for key: HashKey) -> ShardDescription? { openPlace(for: key).map { openShardsByHashKey[$0] } }

    /// The ID of the open shard that serves the hash key.
    public func openShardID(for key: HashKey) -> ShardID? { openPlace(for: key).map { openShardsByHashKey[$0].id } }

    private func openPlace(for key: HashKey) -> Int? {
        var low = 0
        var high = openShardsByHashKey.count
        while low < high {
            let middle = (low + high) / 2
            if openShardsByHashKey[middle].hashKeyRange.ending < key { low = middle + 1 } else { high = middle }
        }
        guard low < openShardsByHashKey.count, openShardsByHashKey[low].hashKeyRange.contains(key) else { return nil }
        return low
    }

    /// The ID of one open shard after the other, whatever the hash keys: what spreads records evenly.
    public func openShardID(inTurn turn: Int) -> ShardID? {
        openShardsByHashKey.isEmpty ? nil : openShardsByHashKey[turn % openShardsByHashKey.count].id
    }

    /// The children of a shard, by ascending ID.
    public func children(of id: ShardID) -> [ShardDescription] {
        shards.filter { $0.parent == id || $0.adjacentParent == id }
    }
}
