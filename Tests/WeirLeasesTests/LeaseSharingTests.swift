import Testing
import WeirLeases
import WeirSimulation

/// What several workers do together, in virtual time.
@Suite struct LeaseSharingTests {
    private let second = LeaseSimulation.second
    private let millisecond = LeaseSimulation.millisecond

    /// A simulation in which these workers have come to rest.
    private func settled(
        seed: UInt64,
        shards: Int,
        workers: [String],
        failoverTime: Duration = .seconds(1)
    ) -> LeaseSimulation {
        let simulation = LeaseSimulation(seed: seed, failoverTime: failoverTime, shardCount: shards)
        for worker in workers { simulation.join(worker) }
        simulation.run(for: 5 * simulation.failoverTime)
        return simulation
    }

    private func expectSound(_ simulation: LeaseSimulation, _ location: SourceLocation = #_sourceLocation) {
        #expect(simulation.violations == [], sourceLocation: location)
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func aWorkerAloneTakesEverythingAtOnce(seed: UInt64) {
        let simulation = LeaseSimulation(seed: seed, shardCount: 4)
        simulation.join("a")
        let time = simulation.run(atMost: second) { simulation.newest.count == 4 }
        #expect((time ?? .max) < simulation.batchTime + 60 * millisecond)
        #expect(simulation.shares == ["a": 4])
        expectSound(simulation)
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func aSecondWorkerGetsHalfByHandOff(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 4, workers: ["a"])
        simulation.join("b")
        let time = simulation.run(atMost: 5 * second) { simulation.shares == ["a": 2, "b": 2] }
        // Two renew intervals, each a third of the fail-over time.
        #expect((time ?? .max) <= 2 * simulation.failoverTime / 3)
        simulation.run(for: 5 * second)
        #expect(simulation.shares == ["a": 2, "b": 2])
        #expect(simulation.duplicateCount == 0)
        #expect(simulation.reports(of: "b").filter(\.isTaking).count == 2)
        #expect(!simulation.reports.contains { $0.report.isLoss })
        expectSound(simulation)
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func workersThatJoinTogetherShareEvenly(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 10, workers: ["a"])
        for worker in ["b", "c", "d"] { simulation.join(worker) }
        simulation.run(for: 5 * second)
        #expect(simulation.shares.values.sorted() == [2, 2, 3, 3])
        #expect(simulation.duplicateCount == 0)
        expectSound(simulation)
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func aKilledWorkersShardsGoOnWithinTheBound(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 4, workers: ["a", "b"])
        // The moment of the kill falls anywhere between two signs of life. Without checkpoints these are a third of the
        // fail-over time apart.
        simulation.idleTime = seed % 2 == 0 ? 0 : 10 * second
        simulation.run(for: seed * 7 * millisecond + second)
        simulation.idleTime = 0
        let orphans = simulation.allLeases.filter { $0.owner == "b" }.map(\.key)
        #expect(orphans.count == 2)
        let killedAt = simulation.now
        simulation.kill("b")
        let time = simulation.run(atMost: 5 * second) {
            orphans.allSatisfy { shard in
                simulation.newest[shard].map { $0.worker == "a" && $0.time > killedAt } ?? false
            }
        }
        #expect((time ?? .max) <= simulation.failoverTime * 14 / 10)
        #expect(simulation.shares == ["a": 4])
        // The record at hand, at most, is processed again.
        #expect(simulation.duplicateCount <= 2)
        expectSound(simulation)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func survivorsShareExpiredLeasesWithoutTakingTooMany(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 12, workers: ["a", "b", "c"])
        #expect(simulation.shares == ["a": 4, "b": 4, "c": 4])
        simulation.kill("c")
        let before = simulation.reports.count
        let time = simulation.run(atMost: 5 * second) { simulation.shares == ["a": 6, "b": 6] }
        #expect((time ?? .max) <= simulation.failoverTime * 14 / 10)
        simulation.run(for: 5 * second)
        // Each lease moved once, and nothing had to be moved back.
        #expect(simulation.reports.dropFirst(before).filter(\.report.isTaking).count == 4)
        expectSound(simulation)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func aShutdownHandsEverythingOver(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 4, workers: ["a", "b"])
        simulation.run(for: seed * 13 * millisecond)
        simulation.shutdown("b")
        let time = simulation.run(atMost: 5 * second) { simulation.shares == ["a": 4] }
        // One scan interval, a batch, and the way to the table and back.
        #expect((time ?? .max) <= simulation.failoverTime / 4 + simulation.batchTime + 60 * millisecond)
        #expect(simulation.workers["b"] == nil)
        simulation.run(for: second)
        #expect(simulation.duplicateCount == 0)
        expectSound(simulation)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func rollingDeploymentsRepeatNothing(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 10, workers: (0..<5).map { "old-\($0)" })
        for index in 0..<5 {
            simulation.shutdown("old-\(index)")
            simulation.run(for: 200 * millisecond + seed * 11 * millisecond)
            simulation.join("new-\(index)")
            simulation.run(for: second)
        }
        simulation.run(for: 3 * second)
        #expect(simulation.shares.count == 5)
        #expect(simulation.shares.values.allSatisfy { $0 == 2 })
        #expect(simulation.duplicateCount == 0)
        expectSound(simulation)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func aSplitAndAMergeEndEvenly(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 4, workers: ["a", "b"])
        simulation.end([LeaseSimulation.shard(0)], children: [LeaseSimulation.shard(4), LeaseSimulation.shard(5)])
        simulation.run(for: 3 * second)
        #expect(simulation.shares.values.sorted() == [2, 3])
        simulation.end([LeaseSimulation.shard(1), LeaseSimulation.shard(2)], children: [LeaseSimulation.shard(6)])
        simulation.run(for: 3 * second)
        #expect(simulation.shares.values.sorted() == [2, 2])
        #expect((0..<7).allSatisfy { simulation.newest[LeaseSimulation.shard($0)] != nil })
        #expect(simulation.duplicateCount == 0)
        #expect(!simulation.reports.contains { $0.report.isLoss })
        expectSound(simulation)
    }

    @Test func childrenBeginAtOnceAfterTheirParent() {
        let simulation = settled(seed: 1, shards: 1, workers: ["a"])
        let (parent, child) = (LeaseSimulation.shard(0), LeaseSimulation.shard(1))
        simulation.end([parent], children: [child])
        simulation.run(for: second)
        let last = simulation.processed.last { $0.shard == parent }
        let first = simulation.processed.first { $0.shard == child }
        #expect((first?.time ?? .max) - (last?.time ?? 0) < simulation.batchTime + 60 * millisecond)
        expectSound(simulation)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func aMergeSoonAfterASplitWaitsForBothParents(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 2, workers: ["a", "b"])
        let shards = (0..<5).map { LeaseSimulation.shard($0) }
        simulation.run(for: seed * 13 * millisecond)
        simulation.end([shards[0]], children: [shards[2], shards[3]])
        #expect(simulation.run(atMost: 5 * second) { simulation.lease(shards[3]) != nil } != nil)
        // The worker that ends the other parent has not seen this one's lease yet.
        simulation.end([shards[1], shards[3]], children: [shards[4]], after: 1)
        #expect(simulation.run(atMost: 5 * second) { simulation.newest[shards[4]] != nil } != nil)
        expectSound(simulation)
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func nothingMovesAtRestAndTheTableIsReadAndWrittenAsDocumented(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 5, workers: ["a", "b"])
        // No records, hence no checkpoints: only signs of life.
        simulation.idleTime = 3600 * second
        simulation.run(for: second)
        let reports = simulation.reports.count
        let (scans, updates) = (simulation.scanCount, simulation.updateCount)
        simulation.run(for: 60 * second)
        #expect(simulation.reports.count == reports)
        // 5 leases, a write each third of a second; 2 workers, a scan each quarter of a second.
        #expect(simulation.updateCount - updates <= 5 * (60 * 3 + 1))
        #expect(simulation.updateCount - updates >= 5 * 60 * 3 * 95 / 100)
        #expect(simulation.scanCount - scans <= 2 * (60 * 4 + 1))
        expectSound(simulation)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func repeatedCallsLoseNoLease(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 4, workers: ["a", "b"])
        simulation.faults.repeatedCall = 0.2
        simulation.run(for: 10 * second)
        #expect(!simulation.reports.contains { $0.report.isLoss })
        #expect(simulation.duplicateCount == 0)
        #expect(simulation.shares == ["a": 2, "b": 2])
        expectSound(simulation)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func lostResponsesLoseNoRecord(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 4, workers: ["a", "b"], failoverTime: .seconds(10))
        simulation.faults = .init(lostRequest: 0.01, lostResponse: 0.02, repeatedCall: 0.02)
        simulation.run(for: 60 * second)
        simulation.faults = .init()
        simulation.run(for: 30 * second)
        #expect(simulation.shares == ["a": 2, "b": 2])
        expectSound(simulation)
    }

    /// What was given up for lost and arrives late is told by the feed, or by a scan, before the next write.
    @Test(arguments: 0..<8 as Range<UInt64>, [nil, 2 * 1_000_000] as [UInt64?])
    func writesThatArriveLateLoseNoLease(seed: UInt64, feedDelay: UInt64?) {
        let simulation = settled(seed: seed, shards: 4, workers: ["a", "b"], failoverTime: .seconds(10))
        simulation.feedDelay = feedDelay
        simulation.faults.lateRequest = 0.03
        simulation.run(for: 120 * second)
        simulation.faults = .init()
        simulation.run(for: 30 * second)
        #expect(simulation.shares == ["a": 2, "b": 2])
        expectSound(simulation)
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func aSuspendedWorkerHandsOutNothingAfterItsTime(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 4, workers: ["a", "b"])
        simulation.run(for: seed * 17 * millisecond)
        simulation.pause("b", for: 3 * second + seed * 31 * millisecond)
        simulation.run(for: 2 * second)
        #expect(simulation.shares == ["a": 4])
        simulation.run(for: 5 * second)
        #expect(simulation.shares == ["a": 2, "b": 2])
        // Only the record that was at hand when the worker was suspended may have been processed again.
        #expect(simulation.duplicateCount <= 2)
        expectSound(simulation)
    }

    @Test func aSlowBatchIsFinishedBeforeTheHandOff() {
        let simulation = LeaseSimulation(seed: 3, shardCount: 4)
        simulation.batchTime = 2 * second
        simulation.join("a")
        simulation.run(for: 3 * second)
        simulation.join("b")
        simulation.run(for: 30 * second)
        #expect(simulation.shares == ["a": 2, "b": 2])
        #expect(simulation.duplicateCount == 0)
        #expect(!simulation.reports.contains { $0.report.isLoss })
        expectSound(simulation)
    }

    @Test func anOwnerThatDoesNotHandOverIsStolenFrom() {
        let simulation = LeaseSimulation(seed: 4, shardCount: 4)
        simulation.batchTime = 3600 * second
        simulation.join("a")
        simulation.run(for: 3 * second)
        simulation.join("b", handOffTimeout: .seconds(2))
        simulation.run(for: 1500 * millisecond)
        #expect(simulation.shares == ["a": 4])
        simulation.run(for: 2 * second)
        #expect(simulation.shares == ["a": 2, "b": 2])
        let stolen = simulation.reports(of: "b").filter {
            if case .taken(_, "a", .stolen) = $0 { true } else { false }
        }
        #expect(stolen.count == 2)
        // The victim notices by its next renewal and stops.
        #expect(simulation.reports(of: "a").filter(\.isLoss).count == 2)
    }

    @Test func aWorkerThatIsNotWeirsIsStolenFromOneLeaseAScan() throws {
        let simulation = LeaseSimulation(seed: 5, shardCount: 4)
        let shards = (0..<4).map { LeaseSimulation.shard($0) }
        for shard in shards { simulation.write(.take(worker: "java"), shard) }
        // The Java worker renews what it still owns.
        for step in 0..<200 {
            simulation.at(UInt64(step) * 100 * millisecond) {
                for shard in shards where simulation.lease(shard)?.owner == "java" {
                    simulation.write(.renew, shard)
                }
            }
        }
        simulation.join("weir")
        simulation.run(for: 100 * millisecond)
        #expect(simulation.shares == ["java": 3, "weir": 1])
        simulation.run(for: 5 * second)
        #expect(simulation.shares == ["java": 2, "weir": 2])
        #expect(!simulation.allLeases.contains { $0.handOffTo != nil })
        expectSound(simulation)
    }

    /// Without a change feed, with a quick one, and with one that is behind the scans.
    @Test(arguments: 0..<40 as Range<UInt64>, [nil, 3 * 1_000_000, 400 * 1_000_000] as [UInt64?])
    func anythingAtAnyTimeEndsEvenlyWithoutLoss(seed: UInt64, feedDelay: UInt64?) throws {
        var random = SplitMix64(seed: seed + 1000)
        let simulation = LeaseSimulation(seed: seed, shardCount: 6)
        simulation.feedDelay = feedDelay
        var next = (shard: 6, worker: 0)
        var live: [String] = []
        simulation.faults = .init(
            lostRequest: 0.005,
            lostResponse: 0.005,
            repeatedCall: 0.01,
            lateRequest: 0.005,
            missedChange: 0.01
        )
        for _ in 0..<15 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                live.append("w\(next.worker)")
                simulation.join("w\(next.worker)")
                next.worker += 1
            case 2:
                if let victim = live.randomElement(using: &random) {
                    simulation.kill(victim)
                    live.removeAll { $0 == victim }
                }
            case 3:
                if let sleeper = live.randomElement(using: &random) {
                    simulation.pause(sleeper, for: UInt64.random(in: 100...3000, using: &random) * millisecond)
                }
            case 4:
                if let leaver = live.randomElement(using: &random) {
                    simulation.shutdown(leaver)
                    live.removeAll { $0 == leaver }
                }
            default:
                if let ended = simulation.allLeases.first(where: { lease in
                    // Its children need it until they have begun.
                    lease.isEnded
                        && simulation.allLeases.allSatisfy { !$0.parentShardIDs.contains(lease.key) || $0.owner != nil }
                }) {
                    simulation.delete(ended.key)
                }
                let active = simulation.allLeases.filter { !$0.isEnded }.map(\.key)
                if let shard = active.randomElement(using: &random) {
                    simulation.end([shard], children: [next.shard, next.shard + 1].map { LeaseSimulation.shard($0) })
                    next.shard += 2
                }
            }
            simulation.run(for: UInt64.random(in: 1...1500, using: &random) * millisecond)
        }
        if live.isEmpty {
            live = ["last"]
            simulation.join("last")
        }
        simulation.faults = .init()
        simulation.run(for: 15 * second)
        let shares = live.map { simulation.shares[$0, default: 0] }
        #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1, "\(simulation.shares)")
        #expect(Set(simulation.shares.keys).isSubset(of: live))
        #expect(LeaseTableView(leases: simulation.allLeases).unownedLeases == [])
        expectSound(simulation)
    }

    /// The scans of these workers are seconds apart; what is given up is taken, and what is asked for handed over, in the
    /// time of a few calls.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func aChangeFeedMovesLeasesAtOnce(seed: UInt64) throws {
        let simulation = LeaseSimulation(seed: seed, failoverTime: .seconds(40), shardCount: 4)
        simulation.feedDelay = 2 * millisecond
        simulation.join("a")
        simulation.run(for: 15 * second)
        #expect(simulation.shares == ["a": 4])
        // Its first scan shows it whom to ask, and the feed tells the owner.
        simulation.join("b")
        #expect(simulation.run(atMost: second) { simulation.shares == ["a": 2, "b": 2] } != nil)
        #expect(simulation.duplicateCount == 0)
        let scans = simulation.scanCount
        simulation.shutdown("a")
        let took = simulation.run(atMost: second) { simulation.shares == ["b": 4] }
        #expect(took != nil, "\(simulation.shares)")
        // A take that fails leads to a scan; nobody else is there to make it fail.
        #expect(simulation.scanCount == scans)
        #expect(simulation.duplicateCount == 0)
        expectSound(simulation)
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func atRestAChangeFeedCausesNoScans(seed: UInt64) {
        let simulation = settled(seed: seed, shards: 5, workers: ["a", "b"])
        simulation.feedDelay = 2 * millisecond
        simulation.idleTime = 3600 * second
        simulation.run(for: second)
        let (updates, scans, reports) = (simulation.updateCount, simulation.scanCount, simulation.reports.count)
        simulation.run(for: 60 * second)
        #expect(simulation.reports.count == reports)
        #expect(simulation.updateCount - updates <= 5 * (60 * 3 + 1))
        #expect(simulation.scanCount - scans <= 2 * (60 * 4 + 1))
        expectSound(simulation)
    }

    @Test func theSameSeedGivesTheSameHistory() {
        func history(seed: UInt64) -> [LeaseSimulation.Processed] {
            let simulation = settled(seed: seed, shards: 5, workers: ["a", "b", "c"])
            simulation.faults.lostResponse = 0.05
            simulation.kill("c")
            simulation.run(for: 5 * second)
            return simulation.processed
        }
        #expect(history(seed: 7) == history(seed: 7))
        #expect(history(seed: 7) != history(seed: 8))
    }
}
