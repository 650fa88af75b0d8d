import Testing
import WeirSimulation

/// Histories of applications in virtual time, each from its seed. More of them: `make soak WHAT=leases`.
@Suite(.timeLimit(.minutes(15))) struct LeaseHistoryTests {
    private static let seedsOfEach = 250

    @Test(arguments: 0..<8)
    func workersShareWhateverHappens(part: Int) async {
        var (repeated, lost, refused, cleaned) = (0, 0, 0, 0)
        for seed in part * Self.seedsOfEach..<(part + 1) * Self.seedsOfEach {
            let report = LeaseHistory.run(seed: UInt64(seed))
            #expect(report.violations == [], "make soak WHAT=leases SEED=\(seed)")
            repeated += report.repeatedCount
            lost += report.lostCount
            refused += report.refusedCount
            cleaned += report.cleanedCount
            // A history never waits, and others need the thread.
            await Task.yield()
        }
        // The histories are of use only if all of this happens in them.
        #expect(repeated > Self.seedsOfEach / 4)
        #expect(lost > Self.seedsOfEach / 2)
        #expect(refused > Self.seedsOfEach)
        #expect(cleaned > Self.seedsOfEach)
    }

    /// Three streams, whose shards have the same IDs; now and then one of them is not to be read for a while.
    @Test(arguments: 0..<2)
    func workersShareSeveralStreamsWhateverHappens(part: Int) async {
        for seed in part * 100..<(part + 1) * 100 {
            let report = LeaseHistory.run(seed: UInt64(seed), streams: 3)
            #expect(report.violations == [], "make soak WHAT=leases STREAMS=3 SEED=\(seed)")
            await Task.yield()
        }
    }

    @Test func aSeedAlwaysGivesTheSameHistory() {
        var digests: Set<UInt64> = []
        for seed in 0..<50 as Range<UInt64> {
            let report = LeaseHistory.run(seed: seed)
            #expect(LeaseHistory.run(seed: seed) == report)
            digests.insert(report.digest)
        }
        #expect(digests.count == 50)
    }

    /// An oracle that finds nothing in workers that are wrong would be of no use.
    @Test(arguments: LeaseDefect.allCases)
    func theOracleFindsEveryDefect(defect: LeaseDefect) async {
        var seed: UInt64 = 0
        while seed < 200, LeaseHistory.run(seed: seed, defect: defect).violations.isEmpty {
            seed += 1
            await Task.yield()
        }
        #expect(seed < 200)
    }
}
