import WeirModel
import WeirWire

/// Decides which leases of a stream nobody needs any more, and notes which hash keys no lease covers.
///
/// Two kinds of leases go, when they have been seen like that for the time of ``grace``:
///
/// - that of a shard which was read to its end, when a checkpoint says of each shard that goes on after it that this was begun,
///   and no lease is left of the shards before it. One that is idle keeps it until the stream does not list it any more
///   (``ShardSyncPlan``);
/// - that of a shard which was not read to its end, when the stream does not list it while it lists younger ones: its
///   records have aged out, and whoever held it has not found that out for so long.
///
/// A lease that was deleted must not be made again: its shard would be read from the beginning. Whoever makes leases goes by
/// the shards and leases that it has looked at. Of a shard whose lease went, the lease of one that came after it was there for
/// the whole time of grace before; so a look that is no older than half of that shows such a lease, and the shard counts as
/// passed, if a call takes effect within the other half. Hence ``maximumAge``.
///
/// Pure: it is told the time of the monotonic clock, in nanoseconds. What it has seen is forgotten with the process.
public struct LeaseCareStateMachine: Sendable {
    /// What one look at a stream came to.
    public struct Findings: Hashable, Sendable {
        /// Leases to delete, parents first, unless their checkpoints have moved since.
        public var leasesToDelete: [Lease] = []
        /// Hash keys that no lease covers, when these are others than were told last: empty when there are none any more.
        public var holesToTell: [HashKeyRange]?
        /// Holes that were seen twice.
        public var holeCount = 0
    }

    /// How long a lease has been of no use before it is deleted, in nanoseconds.
    public let grace: UInt64
    private var uselessSince: [String: UInt64] = [:]
    private var holesBefore: [HashKeyRange] = []
    private var toldHoles: [HashKeyRange] = []

    /// - Parameter grace: the time between two comparisons at least, and four times the fail-over time: then no call takes
    ///   effect as late as half of it.
    public init(grace: Duration) { self.grace = UInt64(nanosecondsOf: grace) }

    /// So old a look may be, in nanoseconds, when a lease is made by it.
    public var maximumAge: UInt64 { grace / 2 }

    /// Takes note of the shards of a stream, all that it lists, and of its leases, which were read after them.
    public mutating func note(shards: [Shard], leases: [Lease], at now: UInt64) -> Findings {
        guard !shards.isEmpty else { return Findings() }
        var findings = Findings()
        let useless = Self.uselessLeases(shards, leases)
        let known = uselessSince
        uselessSince = [:]
        var kept = Set(leases.map(\.shardID))
        for lease in useless {
            let since = known[lease.key] ?? now
            uselessSince[lease.key] = since
            let isChild = lease.isEnded && !lease.parentShardIDs.isDisjoint(with: kept)
            guard now >= since + grace, !isChild else { continue }
            findings.leasesToDelete.append(lease)
            kept.remove(lease.shardID)
        }
        note(Self.holes(shards, leases), in: &findings)
        return findings
    }

    /// By ascending shard ID, so parents first.
    private static func uselessLeases(_ shards: [Shard], _ leases: [Lease]) -> [Lease] {
        let byShard = Dictionary(leases.map { ($0.shardID, $0) }) { first, _ in first }
        let listed = Set(shards.map(\.shardID))
        var children: [String: [String]] = [:]
        for shard in shards {
            for parent in shard.parentShardIDs { children[parent, default: []].append(shard.shardID) }
        }
        let youngest = listed.max() ?? ""
        return leases.sorted { $0.shardID < $1.shardID }.filter { lease in
            let next = children[lease.shardID] ?? []
            if lease.isEnded {
                return listed.contains(lease.shardID) && !next.isEmpty
                    && next.allSatisfy { byShard[$0]?.isBegun == true }
            }
            // A shard that was made just now may not be listed yet.
            let isPast = lease.shardID < youngest || !lease.shardID.hasPrefix("shardId-")
            return !listed.contains(lease.shardID) && isPast && next.allSatisfy { byShard[$0] != nil }
        }
    }

    private static func holes(_ shards: [Shard], _ leases: [Lease]) -> [HashKeyRange] {
        let listed = Dictionary(shards.map { ($0.shardID, $0.hashKeyRange) }) { first, _ in first }
        let ranges = leases.filter { !$0.isEnded }.compactMap { lease in
            lease.hashKeyRange ?? listed[lease.shardID].flatMap { HashKeyRange(shape: $0) }
        }
        return HashKeyRange.uncovered(by: ranges)
    }

    /// Between two looks a split or merge may be half done: only what is there again counts.
    private mutating func note(_ holes: [HashKeyRange], in findings: inout Findings) {
        let lasting = holes.filter { holesBefore.contains($0) }
        holesBefore = holes
        findings.holeCount = lasting.count
        guard lasting != toldHoles else { return }
        toldHoles = lasting
        findings.holesToTell = lasting
    }
}

extension Lease {
    /// Whether records of the shard were processed, or it was read to its end.
    var isBegun: Bool {
        switch checkpoint {
        case .sequenceNumber, .shardEnd: true
        case .atTimestamp, .trimHorizon, .latest: false
        }
    }
}

extension HashKeyRange {
    /// What ranges leave uncovered of all hash keys, in ascending order.
    public static func uncovered(by ranges: [HashKeyRange]) -> [HashKeyRange] {
        var holes: [HashKeyRange] = []
        var next: HashKey? = .minimum
        for range in ranges.sorted(by: { $0.starting < $1.starting }) {
            guard let from = next else { break }
            if from < range.starting {
                holes.append(HashKeyRange(starting: from, ending: HashKey(range.starting.value - 1)))
            }
            if from <= range.ending {
                next = range.ending == .maximum ? nil : HashKey(range.ending.value + 1)
            }
        }
        if let next { holes.append(HashKeyRange(starting: next, ending: .maximum)) }
        return holes
    }
}
