import WeirLeases
import WeirModel
import WeirWire

/// What the lease table of an application and the shards of its stream say about its workers, at one moment.
struct ApplicationReport: WireMessage, Codable, Hashable {
    /// How a shard is taken care of.
    enum State: String, Codable {
        /// A worker has its lease.
        case held = "HELD"
        /// It has a lease that nobody holds.
        case unowned = "UNOWNED"
        /// It was read to its end.
        case ended = "ENDED"
        /// It is open and has no lease.
        case unleased = "UNLEASED"
        /// It has a lease that is not ended, but the stream does not list it any more.
        case lost = "LOST"
    }

    /// A shard, and how far it was read.
    struct ShardLine: Codable, Hashable {
        var shardID: String
        var state: State
        var worker: String?
        /// The last checkpoint, as it stands in the lease table.
        var checkpoint: String?
        /// How long the oldest record after the checkpoint has been waiting; 0 when there is none. Nil where that could
        /// not be found out.
        var millisBehind: Int64?
        /// Why not.
        var problem: String?

        enum CodingKeys: String, CodingKey {
            case shardID = "ShardId"
            case state = "State"
            case worker = "Worker"
            case checkpoint = "Checkpoint"
            case millisBehind = "MillisBehind"
            case problem = "Problem"
        }
    }

    /// A worker that holds leases.
    struct WorkerLine: Codable, Hashable {
        var worker: String
        /// Whether it is one of Weir's; else one of the Java KCL.
        var isWeir: Bool
        var leaseCount: Int
        /// That of its shard that is furthest behind.
        var millisBehind: Int64?
        /// What it has told that it delivers of its shards; nil where it shares by the number of leases, and tells nothing.
        var bytesPerSecond: Int64?
        /// Whether it renewed a lease or took one between two looks at the table; nil after one look, which does not
        /// tell.
        var isSeen: Bool?

        enum CodingKeys: String, CodingKey {
            case worker = "Worker"
            case isWeir = "IsWeir"
            case leaseCount = "LeaseCount"
            case millisBehind = "MillisBehind"
            case bytesPerSecond = "BytesPerSecond"
            case isSeen = "IsSeen"
        }
    }

    /// Hash keys that no lease covers: their records are read by nobody.
    struct Hole: Codable, Hashable {
        var startingHashKey: String
        var endingHashKey: String

        enum CodingKeys: String, CodingKey {
            case startingHashKey = "StartingHashKey"
            case endingHashKey = "EndingHashKey"
        }
    }

    var application: String
    var stream: String
    /// What tells the stream from others in the lease table of several: `account:stream:epoch`.
    var streamID: String?
    var workers: [WorkerLine]
    var shards: [ShardLine]
    var holes: [Hole]

    enum CodingKeys: String, CodingKey {
        case application = "Application"
        case stream = "Stream"
        case streamID = "StreamId"
        case workers = "Workers"
        case shards = "Shards"
        case holes = "Holes"
    }

    /// How far a shard is behind, or why that is not known.
    enum Lag: Hashable {
        case milliseconds(Int64)
        case unknown(String)
    }

    /// - Parameters:
    ///   - leases: All leases of the stream.
    ///   - shards: All shards of the stream.
    ///   - lags: By shard ID, for leases that are not ended.
    ///   - earlier: The leases at an earlier look; nil when there was none.
    init(
        application: String,
        stream: String,
        leases: [Lease],
        shards: [Shard],
        lags: [String: Lag],
        earlier: [Lease]? = nil
    ) {
        self.application = application
        self.stream = stream
        let listed = Set(shards.map(\.shardID))
        let leased = Set(leases.map(\.shardID))
        let unleased = shards.filter {
            !leased.contains($0.shardID) && $0.sequenceNumberRange.endingSequenceNumber == nil
        }
        let lines =
            leases.map { Self.line($0, isListed: listed.contains($0.shardID), lag: lags[$0.shardID]) }
            + unleased.map { ShardLine(shardID: $0.shardID, state: .unleased) }
        self.shards = lines.sorted { $0.shardID < $1.shardID }
        workers = Self.workers(leases, lines, earlier: earlier)
        let ranges = leases.filter { !$0.isEnded }.compactMap { lease in
            lease.hashKeyRange ?? shards.first { $0.shardID == lease.shardID }.flatMap(Self.range)
        }
        holes = HashKeyRange.uncovered(by: ranges).map {
            Hole(startingHashKey: "\($0.starting)", endingHashKey: "\($0.ending)")
        }
    }

    private static func line(_ lease: Lease, isListed: Bool, lag: Lag?) -> ShardLine {
        var line = ShardLine(shardID: lease.shardID, state: lease.owner == nil ? .unowned : .held)
        if lease.isEnded {
            line.state = .ended
        } else if !isListed {
            line.state = .lost
        }
        line.worker = lease.isEnded ? nil : lease.owner
        line.checkpoint = lease.checkpoint.description
        switch lag {
        case .milliseconds(let milliseconds)?: line.millisBehind = milliseconds
        case .unknown(let problem)?: line.problem = problem
        case nil: break
        }
        return line
    }

    private static func workers(_ leases: [Lease], _ lines: [ShardLine], earlier: [Lease]?) -> [WorkerLine] {
        let lags = Dictionary(lines.map { ($0.shardID, $0.millisBehind) }) { first, _ in first }
        let before = earlier.map { Dictionary($0.map { ($0.key, $0) }) { first, _ in first } }
        return LeaseTableView(leases: leases).activeLeasesByWorker.map { worker, leases in
            let throughputs = leases.compactMap(\.throughput)
            return WorkerLine(
                worker: worker,
                isWeir: leases.contains { $0.isOwnedByWeirWorker },
                leaseCount: leases.count,
                millisBehind: leases.compactMap { lags[$0.shardID] ?? nil }.max(),
                bytesPerSecond: throughputs.isEmpty ? nil : throughputs.reduce(0, +),
                isSeen: before.map { before in
                    leases.contains { before[$0.key]?.counter != $0.counter || before[$0.key]?.owner != $0.owner }
                }
            )
        }.sorted { $0.worker < $1.worker }
    }

    private static func range(_ shard: Shard) -> HashKeyRange? {
        guard let starting = HashKey(shard.hashKeyRange.startingHashKey),
            let ending = HashKey(shard.hashKeyRange.endingHashKey), starting <= ending
        else { return nil }
        return HashKeyRange(starting: starting, ending: ending)
    }
}
