import WeirLeases

/// How long many workers take to share many leases, and what that costs the table. Without records: only the leases count.
package struct LeaseScale {
    package struct Phase: Sendable {
        package var name: String
        /// Until each lease was held by one who lives; at rest, how long was looked.
        package var held: UInt64
        /// Until all had as many.
        package var even: UInt64
        package var writes: Int
        package var refused: Int
        package var scans: Int
        /// How often a lease came to a worker.
        package var moves: Int
        /// How many lived when it was over.
        package var workers: Int
    }

    package let workerCount: Int
    package let leaseCount: Int
    package let hasFeed: Bool
    package private(set) var phases: [Phase] = []
    package private(set) var violations: [String] = []

    private let simulation: LeaseSimulation
    private var live: Set<String> = []
    private var joined = 0

    private static let failoverTime: UInt64 = 10

    package init(workerCount: Int, leaseCount: Int, hasFeed: Bool) {
        self.workerCount = workerCount
        self.leaseCount = leaseCount
        self.hasFeed = hasFeed
        simulation = LeaseSimulation(
            seed: 1,
            failoverTime: .seconds(Int64(Self.failoverTime)),
            shardCount: leaseCount
        )
        simulation.feedDelay = hasFeed ? 2 * LeaseSimulation.millisecond : nil
        simulation.keepsRecords = false
        simulation.idleTime = 100_000 * LeaseSimulation.second
    }

    /// Lets everything happen.
    ///
    /// - Parameter told: is told of each phase when it is over.
    package mutating func run(told: (Phase) -> Void) {
        let second = LeaseSimulation.second
        measure("cold start within 1 s", told) { scale in
            for _ in 0..<scale.workerCount {
                scale.join()
                scale.simulation.run(for: second / UInt64(scale.workerCount))
            }
        }
        measure("at rest", isAtRest: true, told) { $0.simulation.run(for: 2 * Self.failoverTime * second) }
        measure("one joins", told) { $0.join() }
        measure("a tenth dies", told) { scale in
            let dead = scale.live.sorted().prefix(max(1, scale.workerCount / 10))
            for id in dead { scale.simulation.kill(id) }
            scale.live.subtract(dead)
        }
        measure("a tenth joins", told) { scale in
            for _ in 0..<max(1, scale.workerCount / 10) { scale.join() }
        }
        violations = simulation.violations
    }

    private mutating func join() {
        let id = "worker-\(joined)"
        joined += 1
        live.insert(id)
        simulation.join(id)
    }

    private var areAllHeld: Bool {
        let shares = simulation.shares
        return shares.values.reduce(0, +) == leaseCount && Set(shares.keys).isSubset(of: live)
    }

    private var areEven: Bool {
        let shares = simulation.shares
        let loads = live.map { shares[$0, default: 0] }
        return areAllHeld && (loads.max() ?? 0) - (loads.min() ?? 0) <= 1
    }

    /// Lets something happen, and time pass until it is dealt with, or for two minutes.
    private mutating func measure(
        _ name: String,
        isAtRest: Bool = false,
        _ told: (Phase) -> Void,
        _ happen: (inout LeaseScale) -> Void
    ) {
        let (now, writes, refused) = (simulation.now, simulation.updateCount, simulation.refusedCount)
        let (scans, reports) = (simulation.scanCount, simulation.reports.count)
        let step = LeaseSimulation.second / 20
        happen(&self)
        var held = simulation.now
        if !isAtRest {
            _ = simulation.run(atMost: 2400 * step, step: step) { areAllHeld }
            held = simulation.now
            _ = simulation.run(atMost: 2400 * step, step: step) { areEven }
        }
        let phase = Phase(
            name: name,
            held: held - now,
            even: simulation.now - now,
            writes: simulation.updateCount - writes,
            refused: simulation.refusedCount - refused,
            scans: simulation.scanCount - scans,
            moves: simulation.reports.dropFirst(reports).count { $0.report.isTaking },
            workers: live.count
        )
        phases.append(phase)
        told(phase)
    }
}
