import WeirLeases
import WeirModel

/// Knows what was read and who may read, and notes what should not be.
package struct LeaseOracle {
    /// What was wrong. Empty when nothing was.
    package private(set) var violations: [String] = []
    /// The last record of each shard that was processed.
    package private(set) var highest: [String: Int] = [:]
    /// How many records were processed again.
    package private(set) var repeatedCount = 0
    package private(set) var processedCount = 0
    /// The record before the first one that the application is to process.
    private var beginnings: [String: Int] = [:]
    /// When each worker last made a write of a lease, as its owner, that took effect.
    private var signs: [String: [String: UInt64]] = [:]
    /// When a lease was taken from an owner that lives, or deleted.
    private var stolenAt: [String: UInt64] = [:]
    /// What was prepared last of each shard, as the table knew it; and all that ever was.
    private var lastPrepared: [String: PendingCheckpoint] = [:]
    private var everPrepared: [String: Set<PendingCheckpoint>] = [:]
    /// What of it a consumer was told of: who was not may not count on it.
    private var toldPrepared: [String: Set<PendingCheckpoint>] = [:]
    /// The shards that were read to their end.
    private var ended: Set<String> = []
    /// The shards whose leases somebody deleted by mistake.
    private var mistaken: Set<String> = []
    let failoverTime: UInt64
    var trace: ((String) -> Void)?

    init(failoverTime: UInt64) { self.failoverTime = failoverTime }

    package mutating func violate(_ text: String, at now: UInt64) {
        let violation = "\(Self.seconds(now)): \(text)"
        trace?("WRONG: \(violation)")
        if violations.count < 20 { violations.append(violation) }
    }

    static func seconds(_ time: UInt64) -> String {
        let rest = String(time / 1_000_000 % 1000)
        return "\(time / 1_000_000_000).\(String(repeating: "0", count: 3 - rest.count))\(rest) s"
    }

    /// Whether a shard that was closed is processed.
    func isComplete(_ key: String, _ stream: SimulatedStream) -> Bool {
        guard let end = stream.end(of: key) else { return false }
        return max(highest[key, default: 0], beginnings[key, default: 0]) >= end
    }

    /// Whether everything in a shard is processed that was there at a time.
    func isRead(_ shard: SimulatedStream.Shard, upTo time: UInt64) -> Bool {
        max(highest[shard.key, default: 0], beginnings[shard.key, default: 0]) >= shard.newest(at: time)
    }

    func wasBegun(_ key: String) -> Bool { beginnings[key] != nil }

    // MARK: The table

    /// Somebody is about to delete a lease by mistake.
    mutating func mistaken(_ key: String) { mistaken.insert(key) }

    /// Whether the lease of a shard, or of one that came after it, was deleted by mistake: nobody can know then how far the
    /// shard was read.
    private func isMistaken(_ key: String, _ stream: SimulatedStream) -> Bool {
        mistaken.contains(key) || (stream.shards[key]?.children ?? []).contains { isMistaken($0, stream) }
    }

    mutating func created(_ lease: Lease, _ stream: SimulatedStream, at now: UInt64) {
        if ended.remove(lease.key) != nil, !isMistaken(lease.key, stream) {
            violate("a lease of \(lease.key) was made again, which was read to its end", at: now)
        }
        guard beginnings[lease.key] == nil else { return }
        var beginning = 0
        if let timestamp = lease.initialTimestamp, let shard = stream.shards[lease.key] {
            beginning = shard.last(before: UInt64(max(0, timestamp.millisecondsSinceEpoch)) * 1_000_000)
        }
        beginnings[lease.key] = beginning
    }

    /// Its owner notices with its next renewal, and by then another worker may have the new one.
    mutating func deleted(_ key: String, at now: UInt64) {
        stolenAt[key] = now
        lastPrepared[key] = nil
    }

    /// A write took effect.
    mutating func wrote(_ old: Lease, _ new: Lease, by worker: String, at now: UInt64) {
        let key = new.key
        if new.owner == worker { signs[key, default: [:]][worker] = now }
        if let pending = new.pendingCheckpoint, pending != old.pendingCheckpoint {
            lastPrepared[key] = pending
            everPrepared[key, default: []].insert(pending)
            if pending.checkpoint.position > highest[key, default: 0] {
                violate("a checkpoint of \(key) is prepared beyond what was processed", at: now)
            }
        }
        guard new.checkpoint != old.checkpoint else { return }
        if new.checkpoint < old.checkpoint {
            violate("the checkpoint of \(key) moved back from \(old.checkpoint) to \(new.checkpoint)", at: now)
        }
        if new.checkpoint.position > highest[key, default: 0], new.checkpoint.position > beginnings[key, default: 0] {
            violate("the checkpoint of \(key) is beyond what was processed", at: now)
        }
    }

    /// A shard was checkpointed at its end.
    mutating func ended(_ key: String, _ stream: SimulatedStream, _ table: SimulatedTable, at now: UInt64) {
        ended.insert(key)
        if !isComplete(key, stream) { violate("\(key) was ended before its last record", at: now) }
        for child in stream.shards[key]?.children ?? [] where table[child] == nil && !wasBegun(child) {
            violate("\(key) was ended before the lease of \(child) was there", at: now)
        }
    }

    // MARK: The workers

    mutating func reported(_ report: LeaseReport, by worker: String, _ table: SimulatedTable, at now: UInt64) {
        switch report {
        case .taken(let key, _, .stolen): stolenAt[key] = now
        // What a slow feed tells of a lease that was deleted and made again may be of the earlier one.
        case .lost(let key, .taken) where table[key]?.owner == worker && !mayOverlap(key, at: now):
            violate("\(worker) gave \(key) up as lost, but holds it", at: now)
        default: break
        }
    }

    /// Whether two workers may be at a shard at once: the victim of a steal notices with its next renewal.
    func mayOverlap(_ key: String, at now: UInt64) -> Bool {
        stolenAt[key].map { now <= $0 + failoverTime } ?? false
    }

    mutating func started(
        _ lease: Lease,
        by worker: String,
        _ stream: SimulatedStream,
        _ table: SimulatedTable,
        at now: UInt64
    ) {
        for parent in stream.shards[lease.key]?.parents ?? [] where wasBegun(parent) && !isComplete(parent, stream) {
            violate("\(worker) began \(lease.key) before the end of \(parent)", at: now)
        }
        // A worker that slept may begin what it has lost meanwhile: no records come to it.
        guard table[lease.key]?.owner == worker else { return }
        if let pending = lastPrepared[lease.key], lease.checkpoint < pending.checkpoint,
            lease.pendingCheckpoint != pending, toldPrepared[lease.key]?.contains(pending) == true
        {
            violate("\(worker) began \(lease.key) without what was prepared: \(pending)", at: now)
        }
    }

    /// A worker begins a batch. The batch at hand is all that may outlast its lease.
    mutating func handedOut(_ key: String, to worker: String, at now: UInt64) {
        let sign = signs[key]?[worker]
        guard let sign, now < sign + failoverTime else {
            return violate("\(worker) handed records of \(key) out after its lease had expired", at: now)
        }
    }

    /// A consumer is told that its checkpoint is prepared.
    mutating func told(_ pending: PendingCheckpoint, of key: String, at now: UInt64) {
        toldPrepared[key, default: []].insert(pending)
        guard everPrepared[key]?.contains(pending) != true else { return }
        violate("a checkpoint of \(key) is not prepared: \(pending)", at: now)
    }

    /// Answers whether the record was processed for the first time.
    mutating func processed(_ key: String, _ record: Int, by worker: String, at now: UInt64) {
        processedCount += 1
        let last = max(highest[key, default: 0], beginnings[key, default: 0])
        if record > last + 1 { violate("\(worker) went from record \(last) of \(key) to \(record)", at: now) }
        if record <= highest[key, default: 0] { repeatedCount += 1 }
        highest[key] = max(highest[key, default: 0], record)
    }
}

extension LeaseCheckpoint {
    package static func position(_ position: Int) -> LeaseCheckpoint { .sequenceNumber(String(position)) }

    /// The position of the last record that was processed; 0 before the first.
    package var position: Int {
        if case .sequenceNumber(let number, _) = self { Int(number) ?? 0 } else { 0 }
    }
}
