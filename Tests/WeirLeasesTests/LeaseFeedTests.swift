import Testing
import WeirLeases
import WeirSimulation

/// What many workers do with the change feed of their table, in virtual time: everyone hears of everything at once.
@Suite struct LeaseFeedTests {
    private let second = LeaseSimulation.second
    private let millisecond = LeaseSimulation.millisecond
    private let workers = ["a", "b", "c", "d", "e", "f"]

    /// Six workers at rest, two leases each, without records: 10 seconds of fail-over time, a scan each 2.5 of them.
    private func settled(seed: UInt64) -> LeaseSimulation {
        let simulation = LeaseSimulation(seed: seed, failoverTime: .seconds(10), shardCount: 12)
        simulation.feedDelay = 2 * millisecond
        for worker in workers { simulation.join(worker) }
        simulation.run(for: 50 * second)
        simulation.idleTime = 3600 * second
        simulation.run(for: second)
        #expect(simulation.shares.values.sorted() == [2, 2, 2, 2, 2, 2])
        return simulation
    }

    /// The regular scans of six workers in a time, and one more each.
    private func regularScans(_ time: UInt64) -> Int { workers.count * (Int(time / (10 * second / 4)) + 1) }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func aReshardToManyShardsIsNoStampede(seed: UInt64) {
        let simulation = settled(seed: seed)
        let (scans, updates, refused) = (simulation.scanCount, simulation.updateCount, simulation.refusedCount)
        for index in 12..<132 { simulation.create(Lease(key: LeaseSimulation.shard(index), checkpoint: .trimHorizon)) }
        let took = simulation.run(atMost: 5 * second) { simulation.shares.values.reduce(0, +) == 132 }
        #expect((took ?? .max) < second)
        simulation.run(for: 5 * second - (took ?? 0))
        #expect(simulation.shares.values.sorted() == [22, 22, 22, 22, 22, 22])
        #expect(simulation.scanCount - scans <= regularScans(5 * second), "\(simulation.scanCount - scans)")
        #expect(simulation.refusedCount - refused <= 12, "\(simulation.refusedCount - refused)")
        // Each new lease: a take, the checkpoint of its first record, and a renewal. The others: two renewals.
        let expected = 120 * 3 + 12 * 2
        #expect(simulation.updateCount - updates <= expected + 12, "\(simulation.updateCount - updates)")
        #expect(simulation.violations == [])
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func whatAWorkerGivesUpIsTakenWithoutAStampede(seed: UInt64) {
        let simulation = settled(seed: seed)
        let (scans, refused) = (simulation.scanCount, simulation.refusedCount)
        simulation.shutdown("f")
        let took = simulation.run(atMost: 5 * second) { simulation.shares.values.sorted() == [2, 2, 2, 3, 3] }
        #expect((took ?? .max) < second)
        #expect(simulation.scanCount - scans <= workers.count, "\(simulation.scanCount - scans)")
        #expect(simulation.refusedCount - refused <= 2, "\(simulation.refusedCount - refused)")
        #expect(simulation.violations == [])
    }

    @Test func deletedLeasesCauseNoScans() throws {
        let simulation = LeaseSimulation(seed: 1, failoverTime: .seconds(10), shardCount: 4)
        for index in 4..<204 {
            simulation.create(Lease(key: LeaseSimulation.shard(index), checkpoint: .shardEnd))
        }
        simulation.feedDelay = 2 * millisecond
        for worker in workers.prefix(4) { simulation.join(worker) }
        simulation.run(for: 50 * second)
        let scans = simulation.scanCount
        for index in 4..<204 {
            simulation.delete(LeaseSimulation.shard(index))
            simulation.run(for: 5 * millisecond)
        }
        simulation.run(for: 5 * millisecond)
        #expect(simulation.scanCount - scans <= 4)
        for worker in simulation.workers.values { #expect(worker.machine.lease(LeaseSimulation.shard(4)) == nil) }
        #expect(!simulation.reports.contains { $0.report.isLoss })
        #expect(simulation.violations == [])
    }

    @Test func aFeedThatMissesMuchScansNowAndThen() {
        let simulation = settled(seed: 1)
        simulation.faults.missedChange = 1
        simulation.idleTime = 0
        let scans = simulation.scanCount
        simulation.run(for: 10 * second)
        // A twentieth of the fail-over time lies between two scans.
        #expect(simulation.scanCount - scans <= workers.count * 21)
        #expect(simulation.violations == [])
    }

    @Test func whoeverComesTooLateForALeaseWaitsForTheFeed() {
        var machine = LeaseStateMachine(configuration: .init(workerID: "me", failoverTime: .seconds(3)), seed: 1)
        _ = machine.handle(.tick, at: 0)
        _ = machine.handle(.scanned([]), at: 0)
        let lease = Lease(key: "shard", counter: 7, checkpoint: .trimHorizon)
        let actions = machine.handle(.changed([lease]), at: 1)
        let take = LeaseWrite(.take(worker: "me"), of: lease, decidedAt: 1)
        #expect(actions == [.write(take)])
        #expect(machine.handle(.wrote(take, .conditionFailed), at: 2) == [])
        #expect(machine.handle(.tick, at: 2) == [])
        // The lease looks free still, but it is not tried again at the next occasion.
        let another = Lease(key: "another", owner: "other", counter: 1, checkpoint: .trimHorizon)
        #expect(machine.handle(.changed([another]), at: 3) == [])
        let taken = LeaseWrite(.take(worker: "other"), of: lease, decidedAt: 0).result
        #expect(machine.handle(.changed([taken]), at: 4) == [])
        #expect(machine.lease("shard") == taken)
    }
}
