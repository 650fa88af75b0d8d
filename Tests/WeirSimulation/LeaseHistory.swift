import WeirLeases
import WeirModel

/// What a seed's history of an application came to.
package struct LeaseHistoryReport: Equatable, Sendable {
    /// What was wrong. Empty when nothing was.
    package var violations: [String] = []
    /// Equal for equal histories.
    package var digest: UInt64 = 0
    package var processedCount = 0
    /// Records that were processed again, after a failure.
    package var repeatedCount = 0
    package var takenCount = 0
    package var lostCount = 0
    package var updateCount = 0
    package var refusedCount = 0
    package var scanCount = 0
    package var shardCount = 0
    /// Leases of shards that were read to their end, deleted before the stream forgot the shards.
    package var cleanedCount = 0
}

/// One history of an application, from a seed: workers that begin, stop, die, sleep and are cut off, shards that are split and
/// merged, and calls that go wrong; then calm, in which all must become as it should be, and trials that must succeed in
/// the time that is promised.
package final class LeaseHistory {
    let simulation: LeaseSimulation
    var random: SplitMix64
    var live: [String] = []
    private var workerCount = 0
    private let dawdles: Bool

    var failoverTime: UInt64 { simulation.failoverTime }

    /// Runs the history of a seed.
    ///
    /// - Parameters:
    ///   - streams: how many streams the application reads. Of several, one now and then is not to be read for a while.
    ///   - trace: is told of everything that happens, a line each.
    package static func run(
        seed: UInt64,
        streams: Int = 1,
        defect: LeaseDefect? = nil,
        trace: ((String) -> Void)? = nil
    ) -> LeaseHistoryReport {
        let needed = defect?.needsStreams == true ? 3 : 1
        let history = LeaseHistory(seed: seed, streams: max(streams, needed), defect: defect)
        history.simulation.trace = trace
        history.coldStart()
        history.trouble()
        history.calm()
        history.rest()
        history.trial()
        history.end()
        return history.report
    }

    private init(seed: UInt64, streams: Int, defect: LeaseDefect?) {
        var random = SplitMix64(seed: seed)
        let second = LeaseSimulation.second
        let failoverTime = random.pick([1, 1, 2, 3, 5, 10, 30, 60]) ?? 1
        simulation = LeaseSimulation(seed: random.next(), failoverTime: .seconds(failoverTime), shardCount: 0)
        let (f, millisecond) = (simulation.failoverTime, LeaseSimulation.millisecond)
        simulation.defect = defect
        simulation.keepsRecords = false
        simulation.feedDelay = [nil, 2 * millisecond, 2 * millisecond, f / 5][random.below(4)]
        simulation.initialPosition = random.once(in: 3) ? .latest : .trimHorizon
        simulation.preparesCheckpoints = seed % 2 == 1
        dawdles = seed % 10 == 4 || defect == .leasesAreMadeByOldLooks
        if dawdles { simulation.comparisonInterval = f }
        simulation.batchSize = 10
        simulation.batchTime = f / 200 + random.time(below: f / 20)
        // Time began long before the application.
        simulation.run(for: 10_000 * second)
        let interval = f / 5 + random.time(below: f / 2)
        if streams > 1 {
            simulation.streams = (0..<streams).map {
                StreamIdentity(accountID: "000000000000", streamName: "s\($0)", creationEpoch: 1)
            }
        }
        simulation.balance = seed % 3 == 2 || defect == .throughputIsNotTold ? .throughput : .count
        let isSkewed = simulation.balance == .throughput
        let count = isSkewed ? 2 + random.below(9) : 1 + random.below(4)
        simulation.open(count, since: simulation.now - 5 * interval, interval: interval)
        if isSkewed { simulation.skew(using: &random) }
        self.random = random
    }

    private var report: LeaseHistoryReport {
        LeaseHistoryReport(
            violations: simulation.violations,
            digest: simulation.digest,
            processedCount: simulation.oracle.processedCount,
            repeatedCount: simulation.duplicateCount,
            takenCount: simulation.reports.count { $0.report.isTaking },
            lostCount: simulation.reports.count { $0.report.isLoss },
            updateCount: simulation.updateCount,
            refusedCount: simulation.refusedCount,
            scanCount: simulation.scanCount,
            shardCount: simulation.stream.shards.count,
            cleanedCount: simulation.cleanedCount
        )
    }

    // MARK: What happens

    /// Begins another worker.
    @discardableResult
    func startWorker() -> String {
        let id = "w\(workerCount)"
        workerCount += 1
        live.append(id)
        simulation.start(id)
        if random.once(in: 2) {
            simulation.setClock(id, ahead: Int64(random.time(below: 600 * LeaseSimulation.second)) - 300_000_000_000)
        }
        return id
    }

    /// Several workers begin at once, and there is no lease.
    private func coldStart() {
        for _ in 0..<1 + random.below(3) {
            startWorker()
            simulation.run(for: random.time(below: 50 * LeaseSimulation.millisecond))
        }
        let took = simulation.run(atMost: 2 * LeaseSimulation.second, step: 50 * LeaseSimulation.millisecond) {
            simulation.stream.open.allSatisfy { simulation.started[$0.key] != nil }
        }
        if took == nil { simulation.violate("after a cold start of 2 s not all shards are read") }
    }

    /// Anything happens.
    private func trouble() {
        simulation.faults = LeaseFaults(using: &random)
        for _ in 0..<3 + random.below(5) {
            disturb()
            simulation.run(for: random.time(below: failoverTime))
        }
        if dawdles { dawdle() }
    }

    /// Workers fall asleep while they compare shards and leases, and meanwhile the shards go on to their children's children.
    private func dawdle() {
        for _ in 0..<8 {
            if live.count < 3 { startWorker() }
            if let one = random.pick(live) {
                simulation.dawdle(one, for: failoverTime + random.time(below: failoverTime))
            }
            simulation.run(for: random.time(below: failoverTime / 4))
            if random.once(in: 2) { split() } else { merge() }
            simulation.run(for: 2 * failoverTime)
        }
    }

    private func disturb() {
        let one = random.pick(live)
        let pause = random.time(below: 2 * failoverTime)
        switch (random.below(simulation.streams.isEmpty ? 15 : 18), one) {
        case (15, _), (16, _), (17, _): changeStreams()
        case (0, _), (1, _): if live.count < 4 { startWorker() }
        case (2, let one?), (3, let one?):
            simulation.kill(one)
            live.removeAll { $0 == one }
        case (4, let one?):
            simulation.shutdown(one)
            live.removeAll { $0 == one }
        case (5, let one?): simulation.pause(one, for: pause)
        case (6, let one?): simulation.cutFromTable(one, for: pause)
        case (7, let one?): simulation.cutFromStream(one, for: pause)
        case (8, let one?): simulation.setClock(one, ahead: Int64(pause) * 2 - Int64(failoverTime))
        case (9, _): simulation.restartTable(for: pause / 4)
        case (10, _): unlist()
        case (11, _), (12, _): split()
        case (13, _): deleteLease()
        default: merge()
        }
    }

    @discardableResult
    func split() -> [String] {
        let perStream = simulation.balance == .throughput ? 12 : 6
        guard simulation.stream.open.count < perStream * max(1, simulation.streams.count),
            let shard = random.pick(simulation.stream.open)
        else { return [] }
        simulation.split(shard.key, isSilent: random.once(in: 3))
        return simulation.stream.shards[shard.key]?.children ?? []
    }

    @discardableResult
    func merge() -> [String] {
        let stream = random.pick(simulation.streams)
        let open = simulation.stream.open.filter { $0.stream == stream }
            .sorted { $0.range.starting < $1.range.starting }
        guard open.count > 1 else { return [] }
        let place = random.below(open.count - 1)
        simulation.merge(open[place].key, open[place + 1].key)
        return simulation.stream.shards[open[place].key]?.children ?? []
    }

    /// Somebody deletes a lease by mistake: a hole in the hash keys that are read.
    private func deleteLease() {
        // Without any lease of the stream that has been at work the application would begin anew.
        let working = simulation.allLeases.filter {
            !$0.isEnded && ($0.initialTimestamp != nil || $0.checkpoint != .latest)
        }
        let open = simulation.stream.open.filter { shard in
            simulation.lease(shard.key) != nil && working.count { $0.stream == shard.stream } > 1
        }
        if let shard = random.pick(open) { simulation.delete(shard.key, isMistake: true) }
    }

    /// A stream is not to be read any more, or is again.
    private func changeStreams() {
        guard let stream = random.pick(simulation.streams) else { return }
        simulation.read(simulation.readStreams.symmetricDifference([stream]))
    }

    /// A shard that was read ages out.
    private func unlist() {
        let ended = simulation.stream.listed.filter { shard in
            simulation.lease(shard.key)?.isEnded ?? simulation.oracle.isComplete(shard.key, simulation.stream)
        }
        if let shard = random.pick(ended) { simulation.unlist(shard.key) }
    }
}
