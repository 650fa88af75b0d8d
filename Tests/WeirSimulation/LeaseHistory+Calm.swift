import WeirLeases

// What must be so when nothing goes wrong any more.
extension LeaseHistory {
    private var batchTime: UInt64 { simulation.batchTime }
    private var millisecond: UInt64 { LeaseSimulation.millisecond }

    /// What a table without a change feed costs more: the next scan tells.
    private var lag: UInt64 {
        switch simulation.feedDelay {
        case let delay? where delay < failoverTime / 4: delay
        default: failoverTime / 4
        }
    }

    /// Nothing goes wrong any more; what did is over after a while.
    func calm() {
        simulation.faults = LeaseFaults()
        if !simulation.streams.isEmpty { simulation.read(Set(simulation.streams)) }
        if live.isEmpty { startWorker() }
        // Until pauses have ended, the leases of the dead have expired, and who does not hand over was stolen from.
        simulation.run(for: 7 * failoverTime)
        expectOrder("after a calm")
    }

    /// All open shards are held, evenly and by those who live, and what is there is read.
    private func expectOrder(_ moment: String) {
        for shard in simulation.stream.open where simulation.lease(shard.key) == nil {
            simulation.violate("\(moment) there is no lease of \(shard.key)")
        }
        let unowned = simulation.allLeases.filter { !$0.isEnded && $0.owner == nil }.map(\.key)
        if !unowned.isEmpty { simulation.violate("\(moment) nobody holds \(unowned)") }
        expectBalance(moment)
        let past = simulation.now - batchTime - 100 * millisecond - failoverTime / 10
        for shard in simulation.stream.shards.values where simulation.oracle.wasBegun(shard.key) {
            if !simulation.oracle.isRead(shard, upTo: past) { simulation.violate("\(moment) \(shard.key) is not read") }
        }
    }

    private var isBalanced: Bool {
        if simulation.balance == .throughput { return imbalance == nil }
        let shares = simulation.shares
        let loads = live.map { shares[$0, default: 0] }
        return (loads.max() ?? 0) - (loads.min() ?? 0) <= 1 && shares.keys.allSatisfy { live.contains($0) }
    }

    private func expectBalance(_ moment: String) {
        guard simulation.balance == .throughput else {
            if !isBalanced {
                simulation.violate("\(moment) the leases are shared unevenly: \(simulation.shares), \(live)")
            }
            return
        }
        if let imbalance { simulation.violate("\(moment) \(imbalance)") }
        for lease in simulation.allLeases where !lease.isEnded {
            let given = simulation.stream.shards[lease.key]?.bytesPerSecond ?? 0
            let error = abs((lease.throughput ?? 0) - given)
            if error > max(given / 4, 1500) {
                simulation.violate("\(moment) \(lease.key) tells \(lease.throughput ?? -1) instead of \(given) bytes/s")
            }
        }
    }

    /// What is wrong with the spread of the load; nil: nothing. Workers may be a fifth of the average apart, or as far as the
    /// lightest lease of the heavier one cannot change.
    private var imbalance: String? {
        var loads: [String: [Int64]] = Dictionary(uniqueKeysWithValues: live.map { ($0, []) })
        let active = simulation.allLeases.filter { !$0.isEnded }
        let known = active.compactMap(\.throughput)
        let average = known.isEmpty ? 0 : known.reduce(0, +) / Int64(known.count)
        for lease in active {
            guard let owner = lease.owner, loads[owner] != nil else { return "nobody who lives holds \(lease.key)" }
            loads[owner]?.append((lease.throughput ?? average) + max(average / 16, 1024))
        }
        let sums = loads.mapValues { $0.reduce(0, +) }
        guard let least = sums.values.min() else { return nil }
        // Who holds nothing is known to itself only.
        let knownCount = loads.values.count { !$0.isEmpty } + (least == 0 ? 1 : 0)
        let mean = sums.values.reduce(0, +) / Int64(max(1, knownCount))
        for (worker, weights) in loads {
            let gap = sums[worker, default: 0] - least
            let lightest = weights.min() ?? 0
            if gap > max(mean / 5, lightest + mean / 10) + Int64(live.count) {
                return "\(worker) has \(gap) bytes/s more to do than another, \(loads)"
            }
        }
        return nil
    }

    /// At rest nothing moves, and the table is read and written as documented.
    func rest() {
        let leases = simulation.allLeases.count { !$0.isEnded }
        let (reports, scans) = (simulation.reports.count, simulation.scanCount)
        let renewals = simulation.updateCount - simulation.checkpointCount
        simulation.run(for: failoverTime)
        if simulation.reports.count != reports {
            simulation.violate("leases move at rest: \(simulation.reports.dropFirst(reports).map(\.report))")
        }
        let written = simulation.updateCount - simulation.checkpointCount - renewals
        if written > 4 * leases { simulation.violate("\(written) writes a fail-over time for \(leases) leases") }
        let scanned = simulation.scanCount - scans
        if scanned > 5 * live.count { simulation.violate("\(scanned) scans a fail-over time by \(live.count)") }
    }

    // MARK: Trials

    /// Something happens to an application at rest, and is dealt with in time.
    func trial() {
        switch random.below(5) {
        case 0: failOver()
        case 1: shutDown()
        case 2: rebalance()
        default: reshard()
        }
    }

    private func expect(_ what: String, within bound: UInt64, _ isDone: () -> Bool) {
        let repeated = simulation.duplicateCount
        if simulation.run(atMost: bound, step: max(millisecond, bound / 40), until: isDone) == nil {
            simulation.violate("\(what) took more than \(bound / millisecond) ms")
        }
        if what != "a fail-over", simulation.duplicateCount > repeated {
            simulation.violate("\(what) had records processed again")
        }
    }

    private func areStarted(_ keys: [String], since time: UInt64) -> Bool {
        keys.allSatisfy { simulation.started[$0].map { $0.time >= time } ?? false }
    }

    private func failOver() {
        if live.count < 2 { return rebalance() }
        guard let victim = random.pick(live) else { return }
        // Any moment between two signs of life.
        simulation.run(for: random.time(below: failoverTime))
        let orphans = simulation.allLeases.filter { !$0.isEnded && $0.owner == victim }.map(\.key)
        let time = simulation.now
        simulation.kill(victim)
        live.removeAll { $0 == victim }
        expect("a fail-over", within: failoverTime * 14 / 10) { areStarted(orphans, since: time) }
    }

    private func shutDown() {
        if live.count < 2 { return rebalance() }
        guard let leaver = random.pick(live) else { return }
        simulation.run(for: random.time(below: failoverTime))
        let given = simulation.allLeases.filter { !$0.isEnded && $0.owner == leaver }.map(\.key)
        let time = simulation.now
        simulation.shutdown(leaver)
        live.removeAll { $0 == leaver }
        expect("a shutdown", within: 300 * millisecond + lag + batchTime) { areStarted(given, since: time) }
    }

    private func rebalance() {
        startWorker()
        // Who gives a heavy lease away asks others in turn, and these do.
        let bound = simulation.balance == .throughput ? 2 * failoverTime : 2 * failoverTime / 3
        expect("a rebalance", within: bound + 2 * batchTime) { isBalanced }
    }

    private func reshard() {
        let children = random.once(in: 2) ? split() : merge()
        let time = simulation.now
        expect("a reshard", within: 500 * millisecond + lag + batchTime) { areStarted(children, since: time) }
    }

    /// In the end everything is read.
    func end() {
        simulation.run(for: 3 * failoverTime)
        expectOrder("in the end")
        for shard in simulation.stream.shards.values {
            if !shard.isListed, simulation.lease(shard.key) != nil {
                simulation.violate("there is still a lease of \(shard.key), which aged out")
            }
            let isPassed = shard.end != nil && !simulation.oracle.wasBegun(shard.key)
            if isPassed, simulation.initialPosition == .trimHorizon { simulation.violate("\(shard.key) was left out") }
        }
    }
}
