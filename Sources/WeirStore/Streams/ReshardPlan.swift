import WeirModel

/// Splits and merges that may be carried out in one step: which shards they close, and which they open.
struct ReshardPlan: Equatable {
    /// A shard that the plan opens. One that is the parent of another is closed again at once, and stays empty.
    struct Child: Equatable {
        var id: ShardID
        var parent: ShardID
        var adjacentParent: ShardID?
        var hashKeyRange: HashKeyRange

        var parents: [ShardID] { adjacentParent.map { [parent, $0] } ?? [parent] }
    }

    /// What a plan does to the shards of a stream, once it is known where the parents end.
    struct Outcome: Equatable {
        /// The parents, closed.
        var closed: [ShardDescription]
        /// The children.
        var opened: [ShardDescription]
        /// When it takes place, by the clock: what the daily limit goes by.
        var time: Timestamp
        /// The daily limit that it counts for; nil when it counts for none.
        var kind: RecentChanges.Kind?
    }

    /// The open shards to close.
    let parents: [ShardID]
    /// The shards to open, by ascending number: none before its parents.
    let children: [Child]
    /// The daily limit that it counts for; nil when it counts for none.
    var kind: RecentChanges.Kind?

    /// How many open shards there are more, when it is done.
    var additionalOpenShards: Int { children.count - parents.count - passedThrough.count }

    /// The children that other children are made of.
    private var passedThrough: Set<ShardID> {
        Set(children.flatMap(\.parents)).subtracting(parents)
    }

    /// Plans a split. Throws what SplitShard answers.
    ///
    /// Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html
    static func split(
        _ stream: StreamDescription,
        shard id: ShardID,
        newStartingHashKey key: HashKey,
        errors: StreamErrors
    ) throws(ServiceError) -> ReshardPlan {
        try requireProvisioned(stream, "SplitShard", errors)
        guard let shard = stream.shard(id) else { throw errors.shardNotFound(id, stream: stream.name) }
        let range = shard.hashKeyRange
        guard key > range.starting, key.value - range.starting.value > 1, key < range.ending else {
            throw errors.splitKeyOutOfRange(key, shard: shard, stream: stream.name)
        }
        guard shard.isOpen else { throw errors.shardClosed(id, stream: stream.name) }
        let number = nextShardNumber(stream)
        let lower = HashKeyRange(starting: range.starting, ending: HashKey(key.value - 1))
        let upper = HashKeyRange(starting: key, ending: range.ending)
        return ReshardPlan(
            parents: [id],
            children: [
                Child(id: ShardID(number), parent: id, hashKeyRange: lower),
                Child(id: ShardID(number + 1), parent: id, hashKeyRange: upper),
            ]
        )
    }

    /// Plans a merge. Throws what MergeShards answers. `adjacent` must begin where `shard` ends.
    ///
    /// Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html
    static func merge(
        _ stream: StreamDescription,
        shard id: ShardID,
        adjacent adjacentID: ShardID,
        errors: StreamErrors
    ) throws(ServiceError) -> ReshardPlan {
        try requireProvisioned(stream, "MergeShards", errors)
        guard let shard = stream.shard(id) else { throw errors.shardNotFound(id, stream: stream.name) }
        guard let adjacent = stream.shard(adjacentID) else {
            throw errors.shardNotFound(adjacentID, stream: stream.name)
        }
        let lower = shard.hashKeyRange
        let upper = adjacent.hashKeyRange
        guard lower.ending < upper.starting, lower.isAdjacent(to: upper) else {
            throw errors.shardsNotAdjacent(id, adjacentID, stream: stream.name)
        }
        for parent in [shard, adjacent] where !parent.isOpen {
            throw errors.shardClosed(parent.id, stream: stream.name)
        }
        let child = Child(
            id: ShardID(nextShardNumber(stream)),
            parent: id,
            adjacentParent: adjacentID,
            hashKeyRange: HashKeyRange(starting: lower.starting, ending: upper.ending)
        )
        return ReshardPlan(parents: [id, adjacentID], children: [child])
    }

    /// The shards after the plan was carried out at a time, where everything below `endingIndex` in the log may belong
    /// to the parents and nothing from there on does. It is 1 or more: a log's first index is 1.
    func outcome(of stream: StreamDescription, endingIndex: UInt64, at now: Timestamp) -> Outcome {
        let epoch = stream.createdAt.millisecondsSinceEpoch
        let closed = parents.compactMap { id -> ShardDescription? in
            guard var parent = stream.shard(id) else { return nil }
            parent.endingSequenceNumber = SequenceNumber(streamEpoch: epoch, shard: id.number, index: endingIndex)
            parent.closedAt = now
            return parent
        }
        let passedThrough = passedThrough
        let opened = children.map { child in
            let isOpen = !passedThrough.contains(child.id)
            return ShardDescription(
                id: child.id,
                parent: child.parent,
                adjacentParent: child.adjacentParent,
                hashKeyRange: child.hashKeyRange,
                // No record's: the first one gets `endingIndex` or a greater one, and comes after this number.
                startingSequenceNumber: SequenceNumber(
                    streamEpoch: epoch,
                    shard: child.id.number,
                    index: endingIndex - 1
                ),
                endingSequenceNumber: isOpen
                    ? nil : SequenceNumber(streamEpoch: epoch, shard: child.id.number, index: endingIndex),
                createdAt: now,
                closedAt: isOpen ? nil : now
            )
        }
        return Outcome(closed: closed, opened: opened, time: now, kind: kind)
    }

    /// The number of the next shard. The greatest number ever given is that of an open shard, since a closed one has
    /// children with greater numbers: so it is always listed.
    static func nextShardNumber(_ stream: StreamDescription) -> UInt32 {
        stream.shards.last.map { $0.id.number + 1 } ?? 0
    }

    /// The shards of a stream on demand are the server's affair.
    static func requireProvisioned(
        _ stream: StreamDescription,
        _ action: String,
        _ errors: StreamErrors
    ) throws(ServiceError) {
        guard stream.settings.mode == .provisioned else { throw errors.provisionedOnly(action, stream: stream.name) }
    }
}
