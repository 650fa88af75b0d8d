import WeirConsumer
import WeirConsumerFixtures
import WeirLeases
import WeirSimulation

/// What a seed's history of whole workers came to.
package struct WorkerHistoryReport: Equatable, Sendable {
    /// What was wrong. Empty when nothing was.
    package var violations: [String] = []
    /// Equal for equal histories.
    package var digest: UInt64 = 0
    package var totals = WorkerOracle.Counts()
    /// User records that were put.
    package var recordCount = 0
    package var shardCount = 0
}

/// One history of an application from a seed, whose workers are those of production, with their readers, deliveries and
/// checkpoints: they begin, stop, die, sleep and are cut off, handlers fail, shards are split and merged, and calls go wrong; then
/// calm, after which every record must be processed, given up or behind one that stopped its shard.
package final class WorkerHistory {
    private let simulation: WorkerSimulation
    private var random: SplitMix64
    private var live: [String] = []
    private var workerCount = 0
    private var recordCount = 0
    private var shardCount = 0

    private var failoverTime: UInt64 { simulation.settings.failoverTime }
    private static let millisecond: UInt64 = 1_000_000

    /// Runs the history of a seed.
    ///
    /// - Parameter trace: is told of everything that happens, a line each.
    package static func run(
        seed: UInt64,
        defect: WorkerDefect? = nil,
        trace: (@Sendable (String) -> Void)? = nil
    ) -> WorkerHistoryReport {
        let history = WorkerHistory(seed: seed, defect: defect, trace: trace)
        history.coldStart()
        history.trouble()
        history.calm()
        history.trial()
        history.simulation.end()
        return history.report
    }

    private init(seed: UInt64, defect: WorkerDefect?, trace: (@Sendable (String) -> Void)?) {
        var random = SplitMix64(seed: seed)
        let simulationSeed = random.next()
        simulation = WorkerSimulation(
            seed: simulationSeed,
            settings: Self.settings(seed, defect, &random),
            defect: defect,
            trace: trace
        )
        self.random = random
    }

    private static func settings(
        _ seed: UInt64,
        _ defect: WorkerDefect?,
        _ random: inout SplitMix64
    ) -> WorkerSimulation.Settings {
        let f: UInt64 = (random.pick([1, 1, 2, 3, 10]) ?? 1) * 1_000_000_000
        var settings = WorkerSimulation.Settings(
            failoverTime: f,
            feedDelay: [nil, 2 * millisecond, 2 * millisecond, f / 5][random.below(4)]
        )
        let duration = { (nanoseconds: UInt64) in Duration.nanoseconds(Int64(nanoseconds)) }
        settings.parallelism = seed % 3 == 1 ? 2 + random.below(3) : 1
        settings.isOneByOne = random.once(in: 3)
        settings.recordTime = random.time(below: f / 100)
        settings.ignoresCancellation = random.once(in: 2)
        settings.failurePolicy.maximumAttempts = 3 + random.below(3)
        settings.failurePolicy.initialPause = duration(f / 100)
        settings.failurePolicy.maximumPause = duration(f / 5)
        if random.once(in: 4) { settings.failurePolicy.maximumTime = duration(f / 10) }
        settings.failurePolicy.onFailure = random.pick([.deadLetter, .deadLetter, .skip, .stop]) ?? .deadLetter
        if defect == .deadLettersAreLost { settings.failurePolicy.onFailure = .deadLetter }
        settings.checkpoints =
            settings.parallelism > 1 || random.once(in: 2)
            ? .automatic : random.pick([.byHandler, .prepared]) ?? .automatic
        if defect == .checkpointsBeforeProcessing { settings.checkpoints = .byHandler }
        if defect == .keysOvertakeEachOther {
            (settings.parallelism, settings.checkpoints, settings.isOneByOne) = (1, .automatic, true)
        }
        settings.prefetch =
            random.pick([.off, Prefetch(maximumRecords: 5, maximumBytes: 100), Prefetch()]) ?? Prefetch()
        settings.balance = random.once(in: 4) ? .throughput : .count
        return settings
    }

    private var report: WorkerHistoryReport {
        WorkerHistoryReport(
            violations: simulation.oracle.violations,
            digest: simulation.oracle.digest,
            totals: simulation.oracle.counts,
            recordCount: recordCount,
            shardCount: shardCount
        )
    }

    // MARK: What happens

    private func startWorker() {
        let id = "w\(workerCount)"
        workerCount += 1
        live.append(id)
        simulation.start(id)
        let ahead = Int64(random.below(600)) - 300
        simulation.workers[id]?.clock.set(millisecondsAhead: ahead)
    }

    /// Lets time pass in which records come.
    private func pass(_ duration: UInt64) {
        let step = failoverTime / 10
        var rest = duration
        while rest > 0 {
            for _ in 0..<random.below(4) { put() }
            simulation.run(for: min(step, rest))
            rest -= min(step, rest)
        }
    }

    private func put() {
        let key = "key-\(random.below(8))"
        // Few are packed together, as the Kinesis Producer Library does.
        let records = (0..<(random.once(in: 6) ? 2 + random.below(4) : 1)).map { _ in
            SimulatedRecord(key: key, fate: fate())
        }
        recordCount += records.count
        simulation.put(records)
    }

    private func fate() -> SimulatedRecord.Fate {
        let stops = simulation.settings.failurePolicy.onFailure == .stop
        switch random.below(stops ? 800 : 100) {
        case 0, 1: return .poison
        case 2, 3: return .rejected
        case 4..<10: return .flaky(1 + random.below(2))
        default: return .good
        }
    }

    private func coldStart() {
        simulation.open(1 + random.below(4))
        shardCount = simulation.openShards.count
        for _ in 0..<5 { put() }
        for _ in 0..<1 + random.below(3) {
            startWorker()
            simulation.run(for: random.time(below: 50 * Self.millisecond))
        }
        simulation.run(for: 2 * 1_000_000_000)
        let unread = simulation.openShards.filter { simulation.begin(of: $0) == nil }
        if !unread.isEmpty { violate("after a cold start of 2 s \(unread) are not read") }
    }

    private func trouble() {
        simulation.network.faults = LeaseFaults(using: &random)
        for _ in 0..<3 + random.below(5) {
            disturb()
            pass(random.time(below: failoverTime))
        }
    }

    private func disturb() {
        let one = random.pick(live)
        let pause = random.time(below: 2 * failoverTime)
        switch (random.below(12), one) {
        case (0, _), (1, _): if live.count < 4 { startWorker() }
        case (2, let one?), (3, let one?):
            simulation.kill(one)
            live.removeAll { $0 == one }
        case (4, let one?):
            simulation.shutDown(one)
            live.removeAll { $0 == one }
        case (5, let one?), (6, let one?): simulation.pause(one, for: pause)
        case (7, let one?): simulation.cut(one, from: .table, for: pause)
        case (8, let one?): simulation.cut(one, from: .stream, for: pause)
        case (9, _): simulation.stopTable(for: pause / 4)
        case (10, _): split()
        default: merge()
        }
    }

    @discardableResult
    private func split() -> [String] {
        guard simulation.openShards.count < 6, let shard = random.pick(simulation.openShards) else { return [] }
        let children = simulation.reshard([shard]) { try $0.split(WorkerSimulation.stream, shard) }
        shardCount += children.count
        return children
    }

    /// Shards that were made together are neighbours.
    private func merge() {
        let open = simulation.openShards
        guard open.count > 1 else { return }
        let place = random.below(open.count - 1)
        let pair = [open[place], open[place + 1]]
        guard simulation.areNeighbours(pair[0], pair[1]) else { return }
        shardCount += simulation.reshard(pair) { try $0.merge(WorkerSimulation.stream, pair[0], pair[1]) }.count
    }

    // MARK: What must be so then

    private func violate(_ text: String) { simulation.oracle.violate(text, at: simulation.now) }

    private func calm() {
        simulation.network.faults = LeaseFaults()
        if live.isEmpty { startWorker() }
        pass(failoverTime)
        simulation.run(for: 7 * failoverTime)
        simulation.oracle.expectDone(at: simulation.now)
        for shard in simulation.openShards {
            let owner = simulation.leases.first { $0.key == shard }?.owner
            if owner.map({ !live.contains($0) }) ?? true { violate("after a calm nobody holds \(shard)") }
        }
        guard simulation.settings.balance == .count else { return }
        let active = simulation.leases.filter { !$0.isEnded }
        let loads = live.map { id in active.count { $0.owner == id } }
        if (loads.max() ?? 0) - (loads.min() ?? 0) > 1 { violate("after a calm the leases are shared \(loads)") }
    }

    /// Something happens to an application at rest, and is dealt with in time.
    private func trial() {
        let lag = simulation.settings.feedDelay.map { min($0, failoverTime / 4) } ?? failoverTime / 4
        // The pause between two fetches at the tip, and calls.
        let pause = failoverTime / 4 + 50 * Self.millisecond
        if live.count < 2 { startWorker() }
        simulation.run(for: 3 * failoverTime)
        let time = simulation.now
        guard let victim = random.pick(live) else { return }
        let held = simulation.leases.filter { !$0.isEnded && $0.owner == victim }.map(\.key)
        switch random.below(3) {
        case 0:
            simulation.kill(victim)
            live.removeAll { $0 == victim }
            expect("a fail-over", held, since: time, within: failoverTime * 14 / 10 + 50 * Self.millisecond)
        case 1:
            simulation.shutDown(victim)
            live.removeAll { $0 == victim }
            expect("a shutdown", held, since: time, within: 300 * Self.millisecond + lag + pause)
        default:
            expect("a split", split(), since: time, within: 500 * Self.millisecond + lag + pause)
        }
        for _ in 0..<5 { put() }
        simulation.run(for: 3 * failoverTime)
        simulation.oracle.expectDone(at: simulation.now)
    }

    private func expect(_ what: String, _ shards: [String], since time: UInt64, within bound: UInt64) {
        simulation.run(for: bound)
        let late = shards.filter { shard in
            !simulation.oracle.isBehindStop(shard) && simulation.begin(of: shard).map { $0.time < time } ?? true
        }
        if !late.isEmpty { violate("\(what) took more than \(bound / Self.millisecond) ms: \(late)") }
    }
}
