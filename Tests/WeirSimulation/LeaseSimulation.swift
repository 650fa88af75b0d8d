import WeirLeases
import WeirModel

/// Several lease machines, one lease table, one stream and the consumers of its shards, in virtual time: the same seed gives
/// the same history.
///
/// Consumers process record after record of their shard, a batch at a time, and checkpoint each batch. The simulation tells
/// the oracle of everything, which notes what should not be.
package final class LeaseSimulation {
    package static let millisecond: UInt64 = 1_000_000
    package static let second: UInt64 = 1_000_000_000

    package struct Processed: Hashable {
        package var shard: String
        package var position: Int
        package var worker: String
        package var time: UInt64
    }

    package let failoverTime: UInt64
    /// How long a batch takes.
    package var batchTime = 40 * millisecond
    /// How many records a batch has, at most.
    package var batchSize = 1
    /// How long after a batch the next record is there.
    package var idleTime = 0 * millisecond
    package var faults = LeaseFaults()
    package var defect: LeaseDefect?
    /// How long after a write the table's change feed tells of it; nil: it has none.
    package var feedDelay: UInt64?
    /// How often workers compare shards and leases, after the first time.
    package var comparisonInterval: UInt64 = 0
    /// By what the workers share.
    package var balance = LeaseBalance.count
    package var initialPosition = LeaseCheckpoint.trimHorizon
    /// Whether some checkpoints are made in two phases.
    package var preparesCheckpoints = false
    /// The streams, where there are several.
    package var streams: [StreamIdentity] = []
    /// Those of them that the application is to read now.
    package internal(set) var readStreams: Set<StreamIdentity> = []
    /// Is told of everything that happens, a line each.
    package var trace: ((String) -> Void)? {
        didSet { oracle.trace = trace }
    }
    /// Whether ``processed`` is kept.
    package var keepsRecords = true
    package internal(set) var now: UInt64 = 0
    package internal(set) var table = SimulatedTable()
    package internal(set) var stream = SimulatedStream()
    package internal(set) var workers: [String: SimulatedWorker] = [:]
    package internal(set) var oracle: LeaseOracle
    package internal(set) var processed: [Processed] = []
    /// The last record of each shard that was processed.
    package internal(set) var newest: [String: Processed] = [:]
    /// When a consumer of a shard was started last, and where.
    package internal(set) var started: [String: (worker: String, time: UInt64)] = [:]
    package internal(set) var reports: [(worker: String, time: UInt64, report: LeaseReport)] = []
    package internal(set) var scanCount = 0
    package internal(set) var updateCount = 0
    /// How many of the updates were checkpoints, or first halves of such.
    package internal(set) var checkpointCount = 0
    /// How many of the updates failed their condition.
    package internal(set) var refusedCount = 0
    /// How many leases of shards that were read to their end, and are listed, were deleted.
    package internal(set) var cleanedCount = 0
    /// Equal for equal histories.
    package private(set) var digest: UInt64 = 0

    /// The consumers that are at a batch.
    var busy: [String: [SimulatedConsumer]] = [:]
    /// Of what the feed will tell next.
    var untold: [LeaseStateMachine.Event] = []
    /// Until when the table answers nothing.
    var tableDownUntil: UInt64 = 0
    var random: SplitMix64
    private var agenda = Agenda<() -> Void>()
    private(set) var workerIDs: [String] = []

    package init(seed: UInt64, failoverTime: Duration = .seconds(1), shardCount: Int) {
        self.failoverTime = UInt64(nanosecondsOf: failoverTime)
        oracle = LeaseOracle(failoverTime: self.failoverTime)
        comparisonInterval = 4 * self.failoverTime
        random = SplitMix64(seed: seed)
        for index in 0..<shardCount { create(Lease(key: Self.shard(index), checkpoint: .trimHorizon)) }
    }

    package static func shard(_ index: Int) -> String { SimulatedStream.key(index) }

    // MARK: Time

    /// Does something at a time, which is not past.
    package func at(_ time: UInt64, _ action: @escaping () -> Void) { agenda.add(at: max(time, now), action) }

    /// Lets time pass.
    package func run(for duration: UInt64) {
        let end = now + duration
        while let next = agenda.popFirst(through: end) {
            now = max(now, next.time)
            next.action()
        }
        now = end
    }

    /// Lets time pass until a condition holds; answers how long it took, nil when it did not come true.
    package func run(
        atMost duration: UInt64,
        step: UInt64 = millisecond,
        until condition: () -> Bool
    ) -> UInt64? {
        let start = now
        while now < start + duration {
            if condition() { return now - start }
            run(for: step)
        }
        return condition() ? now - start : nil
    }

    /// Tells what happens to whoever wants to see it.
    func tell(_ text: @autoclosure () -> String) { trace?("\(LeaseOracle.seconds(now)) \(text())") }

    /// Tells one history from another.
    func note(_ number: Int) {
        digest = (digest ^ now) &* 0x100_0000_01B3 &+ UInt64(truncatingIfNeeded: number)
    }

    // MARK: What happens to workers

    func add(_ worker: SimulatedWorker) {
        workers[worker.id] = worker
        workerIDs.removeAll { $0 == worker.id }
        workerIDs.insert(worker.id, at: workerIDs.firstIndex { $0 > worker.id } ?? workerIDs.count)
    }

    func remove(_ id: String) {
        guard let worker = workers.removeValue(forKey: id) else { return }
        workerIDs.removeAll { $0 == id }
        for (key, consumer) in worker.consumers where consumer.batch != nil { isNotBusy(consumer, key) }
    }

    /// Does something as soon as the worker is awake, in this life of it only.
    func whenAwake(_ worker: SimulatedWorker, _ action: @escaping () -> Void) {
        guard workers[worker.id] === worker else { return }
        guard worker.pausedUntil > now else { return action() }
        at(worker.pausedUntil) { self.whenAwake(worker, action) }
    }

    // MARK: What can be seen

    package var violations: [String] { oracle.violations }

    package var allLeases: [Lease] { table.leases }

    package func lease(_ key: String) -> Lease? { table[key] }

    /// How many active leases each owner in the table has.
    package var shares: [String: Int] {
        var shares: [String: Int] = [:]
        for lease in table.leases where !lease.isEnded {
            if let owner = lease.owner { shares[owner, default: 0] += 1 }
        }
        return shares
    }

    /// How often a record was processed again.
    package var duplicateCount: Int { oracle.repeatedCount }

    package func reports(of worker: String) -> [LeaseReport] {
        reports.filter { $0.worker == worker }.map(\.report)
    }

    package func violate(_ text: String) { oracle.violate(text, at: now) }
}
