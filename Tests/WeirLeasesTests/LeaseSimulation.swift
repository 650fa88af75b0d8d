import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

/// Several lease machines, one lease table and the consumers of endless shards, in virtual time: the same seed gives the
/// same history.
///
/// Consumers process position after position of their shard, a batch of one at a time, and checkpoint each. The
/// simulation notes who processed what when, and checks at every step that no two workers may hand out records of one
/// shard at the same time, that no position is skipped, and that children come after parents.
final class LeaseSimulation {
    static let millisecond: UInt64 = 1_000_000
    static let second: UInt64 = 1_000_000_000

    struct Faults {
        /// Chance that a call never reaches the table.
        var lostRequest = 0.0
        /// Chance that the answer of a call is lost: the worker learns nothing.
        var lostResponse = 0.0
        /// Chance that the answer is lost and the client repeats the call, so that the worker hears the second answer.
        var repeatedCall = 0.0
        /// Chance that a call reaches the table only after the worker has given it up: up to a tenth of the fail-over time
        /// later, so before or after what the worker does next.
        var lateRequest = 0.0
        /// Chance that the change feed leaves something out for a worker, and says so.
        var missedChange = 0.0
    }

    struct Processed: Hashable {
        var shard: String
        var position: Int
        var worker: String
        var time: UInt64
    }

    let failoverTime: UInt64
    /// How long a batch takes.
    var batchTime = 40 * millisecond
    /// How long after a batch the next record is there.
    var idleTime = 0 * millisecond
    var faults = Faults()
    /// How long after a write the table's change feed tells of it; nil: it has none.
    var feedDelay: UInt64?
    private(set) var now: UInt64 = 0
    private(set) var table = MemoryTable()
    private(set) var workers: [String: SimulatedWorker] = [:]
    private(set) var processed: [Processed] = []
    /// The last record of each shard that was processed.
    private(set) var newest: [String: Processed] = [:]
    private(set) var violations: [String] = []
    private(set) var reports: [(worker: String, time: UInt64, report: LeaseReport)] = []
    private(set) var scanCount = 0
    private(set) var updateCount = 0
    /// How many of the updates failed their condition.
    private(set) var refusedCount = 0
    let leases = LeaseTable(name: "application")

    private var ends: [String: (position: Int, children: [Lease])] = [:]
    private var highest: [String: Int] = [:]
    private var queue: [Scheduled] = []
    private var leaseCache: (writeCount: Int, leases: [Lease])?
    private var stolen: Set<String> = []
    private var order = 0
    private var random: TestRandom
    private let seed: UInt64

    private struct Scheduled {
        var time: UInt64
        var order: Int
        var action: () -> Void

        static func < (left: Scheduled, right: Scheduled) -> Bool {
            (left.time, left.order) < (right.time, right.order)
        }
    }

    init(seed: UInt64, failoverTime: Duration = .seconds(1), shardCount: Int) {
        self.seed = seed
        self.failoverTime = UInt64(nanosecondsOf: failoverTime)
        random = TestRandom(seed: seed)
        for index in 0..<shardCount { create(Lease(key: Self.shard(index), checkpoint: .trimHorizon)) }
    }

    static func shard(_ index: Int) -> String { ShardID(UInt32(index)).description }

    // MARK: What happens to workers and shards

    func join(_ id: String, handOffTimeout: Duration? = nil) {
        var configuration = LeaseStateMachine.Configuration(
            workerID: id,
            failoverTime: .nanoseconds(Int64(failoverTime))
        )
        if let handOffTimeout { configuration.handOffTimeout = handOffTimeout }
        workers[id] = SimulatedWorker(
            machine: LeaseStateMachine(configuration: configuration, seed: random.next()),
            startedAt: now
        )
        feed(id, .tick)
    }

    /// The process is gone, with all it knew.
    func kill(_ id: String) { workers[id] = nil }

    /// The process does nothing for a while; answers and timers wait for it.
    func pause(_ id: String, for duration: UInt64) { workers[id]?.pausedUntil = now + duration }

    func shutdown(_ id: String) { feed(id, .shutdown) }

    /// Ends shards soon after what was processed so far.
    func end(_ shards: [String], children: [String], after count: Int = 5) {
        let leases = children.map { Lease(key: $0, checkpoint: .trimHorizon, parentShardIDs: Set(shards)) }
        for shard in shards { ends[shard] = (highest[shard, default: 0] + count, leases) }
    }

    /// A write behind the workers' backs, as a Java worker would do it.
    func write(_ change: LeaseWrite.Change, _ key: String) throws {
        guard let lease = lease(key) else { return }
        var request = leases.request(LeaseWrite(change, of: lease, decidedAt: now))
        // The KCL knows nothing of the marks of Weir workers.
        request.attributeUpdates?["weirOwner"] = nil
        request.attributeUpdates?["weirHandOffTo"] = nil
        try table.update(request)
        tell(key)
    }

    func at(_ time: UInt64, _ action: @escaping () -> Void) {
        order += 1
        queue.append(Scheduled(time: time, order: order, action: action))
        var child = queue.count - 1
        while child > 0, queue[child] < queue[(child - 1) / 2] {
            queue.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Removes the earliest from the heap.
    private func popFirst() {
        queue.swapAt(0, queue.count - 1)
        queue.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < queue.count && queue[child] < queue[least] {
                least = child
            }
            if least == parent { return }
            queue.swapAt(parent, least)
            parent = least
        }
    }

    /// Lets time pass.
    func run(for duration: UInt64) {
        let end = now + duration
        while let next = queue.first, next.time <= end {
            popFirst()
            now = max(now, next.time)
            next.action()
        }
        now = end
    }

    /// Lets time pass until a condition holds; answers how long it took, nil when it did not come true.
    func run(atMost duration: UInt64, until condition: () -> Bool) -> UInt64? {
        let start = now
        while now < start + duration {
            if condition() { return now - start }
            run(for: Self.millisecond)
        }
        return condition() ? now - start : nil
    }

    // MARK: What can be seen

    var allLeases: [Lease] {
        if let cache = leaseCache, cache.writeCount == table.writeCount { return cache.leases }
        let leases = table.allItems.compactMap { Lease(item: $0) }
        leaseCache = (table.writeCount, leases)
        return leases
    }

    func lease(_ key: String) -> Lease? { table.item(["leaseKey": .string(key)]).flatMap { Lease(item: $0) } }

    /// How many active leases each owner in the table has.
    var shares: [String: Int] { LeaseTableView(leases: allLeases).activeLeasesByWorker.mapValues(\.count) }

    /// Positions that were processed more than once.
    var duplicateCount: Int { processed.count - Set(processed.map { "\($0.shard)/\($0.position)" }).count }

    func reports(of worker: String) -> [LeaseReport] { reports.filter { $0.worker == worker }.map(\.report) }

    // MARK: The machinery

    /// Has the change feed tell every worker of a lease as it is now.
    private func tell(_ key: String) {
        guard let feedDelay else { return }
        let event: LeaseStateMachine.Event = lease(key).map { .changed([$0]) } ?? .deleted([key])
        at(now + feedDelay) {
            for id in self.workers.keys.sorted() {
                self.feed(id, self.chance(self.faults.missedChange) ? .missedChanges : event)
            }
        }
    }

    /// Deletes a lease, as one who cleans up does.
    func delete(_ key: String) throws {
        try table.delete(leases.delete(key))
        tell(key)
    }

    /// False when there is such a lease already.
    @discardableResult
    func create(_ lease: Lease) -> Bool {
        do throws(ServiceError) {
            try table.put(leases.create(lease))
            tell(lease.key)
            return true
        } catch {
            if error.code != .conditionalCheckFailed { violations.append("create \(lease.key): \(error)") }
            return false
        }
    }

    /// Gives a worker an event, as soon as it is awake.
    private func feed(_ id: String, _ event: LeaseStateMachine.Event) {
        guard let worker = workers[id] else { return }
        if worker.pausedUntil > now { return at(worker.pausedUntil) { self.feedTo(worker, id, event) } }
        let actions = worker.machine.handle(event, at: now)
        for action in actions { perform(action, id, worker) }
        let deadline = worker.machine.nextDeadline
        if deadline < worker.timer {
            worker.timer = deadline
            at(max(deadline, now)) {
                guard worker.timer == deadline else { return }
                worker.timer = .max
                self.feedTo(worker, id, .tick)
            }
        }
    }

    /// Gives the event to this life of the worker only.
    private func feedTo(_ worker: SimulatedWorker, _ id: String, _ event: LeaseStateMachine.Event) {
        if workers[id] === worker { feed(id, event) }
    }

    private func perform(_ action: LeaseStateMachine.Action, _ id: String, _ worker: SimulatedWorker) {
        switch action {
        case .scan:
            scanCount += 1
            call(lost: { .scanFailed }) {
                .scanned(self.allLeases)
            } then: {
                self.feedTo(worker, id, $0)
            }
        case .read(let key):
            call(lost: { .read(key: key, .failed) }) {
                .read(key: key, self.lease(key).map { .found($0) } ?? .absent)
            } then: {
                self.feedTo(worker, id, $0)
            }
        case .write(let write):
            call(lost: { .wrote(write, .unknown) }) {
                .wrote(write, self.update(write))
            } then: {
                self.feedTo(worker, id, $0)
            }
        case .startConsumer(let lease, let holdUntil):
            start(lease, holdUntil, id, worker)
        case .stopConsumer(let key, let reason):
            stop(key, reason, id, worker)
        case .holdUntil(let key, let deadline):
            if let consumer = worker.consumers[key] { consumer.holdUntil = max(consumer.holdUntil, deadline) }
        case .checkpointed(let key, let checkpoint):
            checkpointed(key, checkpoint, id, worker)
        case .checkpointRefused: break
        case .report(let report):
            reports.append((id, now, report))
            if case .taken(let key, _, .stolen) = report { stolen.insert(key) }
            if case .lost(let key, .taken(by: id)) = report {
                violations.append("\(id) lost \(key) to itself at \(now)")
            }
        case .finished: workers[id] = nil
        }
    }

    private func update(_ write: LeaseWrite) -> LeaseWriteOutcome {
        updateCount += 1
        do throws(ServiceError) {
            try table.update(leases.request(write))
            tell(write.lease.key)
            return .succeeded
        } catch {
            guard error.code == .conditionalCheckFailed else { return .unknown }
            refusedCount += 1
            return .conditionFailed
        }
    }

    /// A call to the table: there and back take one to five milliseconds each, and faults happen.
    private func call(
        lost: @escaping () -> LeaseStateMachine.Event,
        _ effect: @escaping () -> LeaseStateMachine.Event,
        then: @escaping (LeaseStateMachine.Event) -> Void
    ) {
        let there = now + UInt64.random(in: 1...5, using: &random) * Self.millisecond
        let back = UInt64.random(in: 1...5, using: &random) * Self.millisecond
        let timeout = now + failoverTime / 2
        if chance(faults.lostRequest) { return at(timeout) { then(lost()) } }
        if chance(faults.lostResponse) {
            at(there) { _ = effect() }
            return at(timeout) { then(lost()) }
        }
        if chance(faults.lateRequest) {
            at(timeout) { then(lost()) }
            return at(timeout + UInt64.random(in: 1...failoverTime / 10, using: &random)) { _ = effect() }
        }
        let isRepeated = chance(faults.repeatedCall)
        at(there) {
            var event = effect()
            if isRepeated { event = effect() }
            self.at(self.now + back) { then(event) }
        }
    }

    private func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    // MARK: Consumers

    private func start(_ lease: Lease, _ holdUntil: UInt64, _ id: String, _ worker: SimulatedWorker) {
        for parent in lease.parentShardIDs {
            if let parent = self.lease(parent), !parent.isEnded {
                violations.append("\(lease.key) began before its parent")
            }
        }
        if worker.consumers[lease.key] != nil { violations.append("two consumers of \(lease.key) in \(id)") }
        let consumer = SimulatedConsumer(position: lease.checkpoint.position, holdUntil: holdUntil)
        worker.consumers[lease.key] = consumer
        at(now) { self.next(lease.key, consumer, id, worker) }
    }

    /// Hands out the next record, when the consumer may.
    private func next(_ key: String, _ consumer: SimulatedConsumer, _ id: String, _ worker: SimulatedWorker) {
        guard workers[id] === worker, worker.consumers[key] === consumer, !consumer.isBusy else { return }
        if worker.pausedUntil > now { return at(worker.pausedUntil) { self.next(key, consumer, id, worker) } }
        if let end = ends[key], consumer.position >= end.position { return finish(key, end.children, id, worker) }
        guard consumer.stopReason == nil else { return leave(key, id, worker) }
        guard now < consumer.holdUntil else {
            // A renewal or the loss of the lease will tell.
            return at(now + Self.millisecond) { self.next(key, consumer, id, worker) }
        }
        for (other, rival) in workers where other != id {
            guard let running = rival.consumers[key], running.isBusy, now < running.holdUntil else { continue }
            // A victim of a steal goes on until its next renewal.
            if !stolen.contains(key) { violations.append("\(key) is processed by \(id) and \(other) at \(now)") }
        }
        consumer.isBusy = true
        at(now + batchTime) { self.finishBatch(key, consumer, id, worker) }
    }

    private func finishBatch(_ key: String, _ consumer: SimulatedConsumer, _ id: String, _ worker: SimulatedWorker) {
        guard workers[id] === worker, worker.consumers[key] === consumer else { return }
        if worker.pausedUntil > now { return at(worker.pausedUntil) { self.finishBatch(key, consumer, id, worker) } }
        consumer.isBusy = false
        consumer.position += 1
        if consumer.position > highest[key, default: 0] + 1 {
            violations.append("\(key) skipped to \(consumer.position)")
        }
        highest[key] = max(highest[key, default: 0], consumer.position)
        let record = Processed(shard: key, position: consumer.position, worker: id, time: now)
        processed.append(record)
        newest[key] = record
        consumer.awaited = consumer.position
        feed(id, .checkpoint(key: key, .position(consumer.position)))
    }

    private func checkpointed(_ key: String, _ checkpoint: LeaseCheckpoint, _ id: String, _ worker: SimulatedWorker) {
        guard let consumer = worker.consumers[key] else { return }
        if checkpoint == .shardEnd {
            worker.consumers[key] = nil
            return at(now) { self.feedTo(worker, id, .consumerStopped(key: key)) }
        }
        guard let awaited = consumer.awaited, checkpoint.position >= awaited else { return }
        consumer.awaited = nil
        at(now + idleTime) { self.next(key, consumer, id, worker) }
    }

    private func finish(_ key: String, _ children: [Lease], _ id: String, _ worker: SimulatedWorker) {
        guard let consumer = worker.consumers[key], consumer.stopReason != .leaseLost, !consumer.isEnding else {
            return leave(key, id, worker)
        }
        consumer.isEnding = true
        // A worker announces what it created itself; of the others' leases the next scan tells.
        feed(id, .created(children.filter { create($0) }))
        feed(id, .checkpoint(key: key, .shardEnd))
    }

    private func stop(
        _ key: String,
        _ reason: LeaseStateMachine.StopReason,
        _ id: String,
        _ worker: SimulatedWorker
    ) {
        guard let consumer = worker.consumers[key] else { return }
        consumer.stopReason = reason
        if reason == .leaseLost { return leave(key, id, worker) }
        // A batch at hand is finished and checkpointed; otherwise it stops at once.
        if !consumer.isBusy, consumer.awaited == nil, !consumer.isEnding { leave(key, id, worker) }
    }

    private func leave(_ key: String, _ id: String, _ worker: SimulatedWorker) {
        worker.consumers[key] = nil
        at(now) { self.feedTo(worker, id, .consumerStopped(key: key)) }
    }
}

final class SimulatedWorker {
    var machine: LeaseStateMachine
    let startedAt: UInt64
    var timer = UInt64.max
    var pausedUntil: UInt64 = 0
    var consumers: [String: SimulatedConsumer] = [:]

    init(machine: LeaseStateMachine, startedAt: UInt64) {
        self.machine = machine
        self.startedAt = startedAt
    }
}

final class SimulatedConsumer {
    var position: Int
    var holdUntil: UInt64
    var isBusy = false
    var isEnding = false
    var awaited: Int?
    var stopReason: LeaseStateMachine.StopReason?

    init(position: Int, holdUntil: UInt64) {
        self.position = position
        self.holdUntil = holdUntil
    }
}

/// A seeded generator for faults and delays.
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

extension LeaseCheckpoint {
    static func position(_ position: Int) -> LeaseCheckpoint { .sequenceNumber(String(position)) }

    /// The position of the last record that was processed; 0 before the first.
    var position: Int {
        if case .sequenceNumber(let number, _) = self { Int(number) ?? 0 } else { 0 }
    }
}

extension LeaseReport {
    var isTaking: Bool { if case .taken = self { true } else { false } }
    var isLoss: Bool { if case .lost = self { true } else { false } }
}
