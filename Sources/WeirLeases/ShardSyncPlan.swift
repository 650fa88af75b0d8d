import WeirModel
import WeirWire

/// What brings a lease table in line with the shards of its stream.
public struct ShardSyncPlan: Hashable, Sendable {
    /// Leases of a stream that was deleted, and made again under its name: they go before the others are created.
    public var staleLeases: [Lease]
    /// Leases of shards that the table does not know, parents first.
    public var leasesToCreate: [Lease]
    /// The keys of leases of shards that were read to their end and that the stream does not list any more.
    public var leasesToDelete: [String]

    /// Compares the shards, all of them, with the leases.
    ///
    /// A shard whose ancestor has a lease goes on from its parent's end: it begins at the trim horizon. One whose
    /// descendant has a lease was passed already and gets none. Any other begins at `initialPosition`: all shards at
    /// the trim horizon or at a time (those that ended before it turn out to be empty), only open ones at the latest
    /// record. In an application that has read something but does not tell since when, a shard without a lease is a hole:
    /// its lease is gone, and with it how far it was read. Rather than leave records out it begins at the trim horizon; so
    /// it does when the application has processed something and tells a time that is still to come by this worker's clock.
    ///
    /// A stream that was deleted and made again is a new one, whatever its shards are called. The application that read the
    /// old one reads all of it: for `latest` its shards begin at the trim horizon.
    ///
    /// - Parameter stream: the stream, in a table of several: leases of other streams are left alone.
    /// - Parameter streamCreation: when the stream was made; nil when that is not to be looked at.
    /// - Parameter initialTimestamp: the time that an initial position `latest` or `atTimestamp` stands for. Latest is the
    ///   time of the application's first start: when the leases tell an earlier one, that start was interrupted before
    ///   it had made them all, and the others begin at its time too, shards that were closed since among them.
    public init(
        shards: [Shard],
        leases: [Lease],
        stream: StreamIdentity? = nil,
        streamCreation: Timestamp? = nil,
        initialPosition: LeaseCheckpoint,
        initialTimestamp: Timestamp? = nil
    ) {
        staleLeases = Self.staleLeases(leases, of: stream, madeAt: streamCreation)
        let stale = Set(staleLeases.map(\.key))
        let isRemade = !stale.isEmpty || leases.contains { Self.isNamesake($0, of: stream) }
        let leases = leases.filter { $0.stream == stream && !stale.contains($0.key) }
        let initialPosition = initialPosition == .latest && isRemade ? .trimHorizon : initialPosition
        let leased = Set(leases.map(\.shardID))
        let listed = Set(shards.map(\.shardID))
        let known = listed.union(leased)
        // A lease tells of its parents even where the stream does not list its shard: it may be younger than the list.
        var passed = Set(leases.flatMap(\.parentShardIDs))
        var goesOn: Set<String> = []
        let ascending = shards.sorted { $0.shardID < $1.shardID }
        // A child's ID is greater than its parents', so one pass down and one up reach every generation.
        for shard in ascending
        where shard.parentShardIDs.contains(where: { leased.contains($0) || goesOn.contains($0) }) {
            goesOn.insert(shard.shardID)
        }
        for shard in ascending.reversed() where leased.contains(shard.shardID) || passed.contains(shard.shardID) {
            passed.formUnion(shard.parentShardIDs)
        }
        let firstStart = initialPosition == .latest ? leases.compactMap(\.initialTimestamp).min() : nil
        let beginning = [firstStart, initialTimestamp].compactMap { $0 }.min()
        // A first start that is still to come by this worker's clock: the clocks differ, and neither time tells what was read.
        let isTimeUnsure = firstStart.map { first in initialTimestamp.map { first > $0 } ?? false } ?? true
        let isBegun = leases.contains { firstStart == nil ? $0.checkpoint != .latest : $0.isBegun }
        let isHole = initialPosition == .latest && isTimeUnsure && isBegun
        leasesToCreate = ascending.compactMap { shard in
            guard !leased.contains(shard.shardID), !passed.contains(shard.shardID) else { return nil }
            let isOpen = shard.sequenceNumberRange.endingSequenceNumber == nil
            let goesOn = isHole || goesOn.contains(shard.shardID)
            guard goesOn || initialPosition != .latest || isOpen || firstStart != nil else { return nil }
            return Lease(
                shard: shard,
                stream: stream,
                known: known,
                checkpoint: goesOn ? .trimHorizon : initialPosition,
                initialTimestamp: goesOn || initialPosition == .trimHorizon ? nil : beginning,
                streamCreation: streamCreation
            )
        }
        leasesToDelete = leases.filter { $0.isEnded && !listed.contains($0.shardID) }.map(\.key)
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool { staleLeases.isEmpty && leasesToCreate.isEmpty && leasesToDelete.isEmpty }

    /// The leases to create, in steps: those of one step may be created side by side. The lease of a parent is there before
    /// those of its children, whatever interrupts this: a child whose parent has none would count as one that goes on after a
    /// parent that was read.
    public var stepsOfCreation: [[Lease]] {
        var steps: [[Lease]] = []
        var stepOfShard: [String: Int] = [:]
        // Parents first.
        for lease in leasesToCreate {
            let step = lease.parentShardIDs.compactMap { stepOfShard[$0] }.max().map { $0 + 1 } ?? 0
            stepOfShard[lease.shardID] = step
            if step == steps.count { steps.append([]) }
            steps[step].append(lease)
        }
        return steps
    }

    /// The leases of an earlier stream of the name. Those that do not tell when their stream was made may be of any.
    private static func staleLeases(
        _ leases: [Lease],
        of stream: StreamIdentity?,
        madeAt streamCreation: Timestamp?
    ) -> [Lease] {
        guard let streamCreation else { return [] }
        return leases.filter { lease in
            guard let known = lease.streamCreation, known != streamCreation else { return false }
            return lease.stream == stream || isNamesake(lease, of: stream)
        }
    }

    /// Whether a lease is of another stream of the same name, which was made at another time.
    private static func isNamesake(_ lease: Lease, of stream: StreamIdentity?) -> Bool {
        guard let stream, let other = lease.stream else { return false }
        return other != stream && other.isNamesake(of: stream)
    }
}

extension Shard {
    /// The shards it was split or merged from: none, one or two.
    public var parentShardIDs: [String] { [parentShardID, adjacentParentShardID].compactMap { $0 } }
}

extension Lease {
    /// The lease of a shard that a stream lists. Parents that are not known any more are left out.
    init(
        shard: Shard,
        stream: StreamIdentity?,
        known: Set<String>,
        checkpoint: LeaseCheckpoint,
        initialTimestamp: Timestamp?,
        streamCreation: Timestamp?
    ) {
        self.init(
            key: Lease.key(of: shard.shardID, in: stream),
            stream: stream,
            checkpoint: checkpoint,
            initialTimestamp: initialTimestamp,
            parentShardIDs: known.intersection(shard.parentShardIDs),
            hashKeyRange: HashKeyRange(shape: shard.hashKeyRange),
            streamCreation: streamCreation
        )
    }

    /// The lease of a shard that goes on where another one ended.
    public init(child: ChildShard, stream: StreamIdentity? = nil, streamCreation: Timestamp? = nil) {
        self.init(
            key: Lease.key(of: child.shardID, in: stream),
            stream: stream,
            checkpoint: .trimHorizon,
            parentShardIDs: Set(child.parentShards),
            hashKeyRange: HashKeyRange(shape: child.hashKeyRange),
            streamCreation: streamCreation
        )
    }
}

extension HashKeyRange {
    /// A range from its form on the wire; nil when that is not two hash keys in order.
    init?(shape: HashKeyRangeShape) {
        guard let starting = HashKey(shape.startingHashKey), let ending = HashKey(shape.endingHashKey),
            starting <= ending
        else { return nil }
        self.init(starting: starting, ending: ending)
    }
}
