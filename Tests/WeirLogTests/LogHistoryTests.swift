import Testing
import WeirLogSimulation

/// Histories on a simulated disk, each from its seed. More of them: `make soak`.
@Suite(.timeLimit(.minutes(15))) struct LogHistoryTests {
    private static let seedsOfEach = 300

    @Test(arguments: 0..<8)
    func whatWasAcknowledgedIsThere(part: Int) async {
        var acknowledged = 0
        var refused = 0
        var uncertain = 0
        var failures = 0
        var packed = 0
        var direct = 0
        for seed in part * Self.seedsOfEach..<(part + 1) * Self.seedsOfEach {
            let report = LogHistory.run(seed: UInt64(seed))
            #expect(report.violations == [], "make soak SEED=\(seed)")
            acknowledged += report.acknowledgedCount
            refused += report.refusedCount
            uncertain += report.uncertainCount
            failures += report.failureCount
            if report.packedBytes > 0 { packed += 1 }
            if report.directWriteCount > 0 { direct += 1 }
            // A history never waits, and others need the thread.
            await Task.yield()
        }
        // The histories are of use only if all of this happens in them.
        #expect(acknowledged > 5 * Self.seedsOfEach)
        #expect(refused > Self.seedsOfEach / 4)
        #expect(uncertain > Self.seedsOfEach / 4)
        #expect(failures > Self.seedsOfEach / 2)
        #expect(packed > Self.seedsOfEach / 5)
        #expect(direct > Self.seedsOfEach / 5)
    }

    @Test func aSeedAlwaysGivesTheSameHistory() {
        var digests: Set<UInt64> = []
        for seed in 0..<50 as Range<UInt64> {
            let report = LogHistory.run(seed: seed)
            #expect(LogHistory.run(seed: seed) == report)
            digests.insert(report.digest)
        }
        #expect(digests.count == 50)
    }

    /// An oracle that finds nothing in a log that is wrong would be of no use.
    @Test(arguments: Defect.allCases)
    func theOracleFindsEveryDefect(defect: Defect) async {
        var seed: UInt64 = 0
        while seed < 1500, LogHistory.run(seed: seed, defect: defect).violations.isEmpty {
            seed += 1
            await Task.yield()
        }
        #expect(seed < 1500)
    }
}
