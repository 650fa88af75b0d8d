import Testing
import WeirLogSimulation

/// Histories on a simulated disk, each from its seed. More of them: `make soak`.
@Suite(.timeLimit(.minutes(15))) struct LogHistoryTests {
    private static let seedsOfEach = 300

    @Test(arguments: 0..<8)
    func whatWasAcknowledgedIsThere(part: Int) async {
        var reports: [LogHistoryReport] = []
        for seed in part * Self.seedsOfEach..<(part + 1) * Self.seedsOfEach {
            let report = LogHistory.run(seed: UInt64(seed))
            #expect(report.violations == [], "make soak SEED=\(seed)")
            reports.append(report)
            // A history never waits, and others need the thread.
            await Task.yield()
        }
        // The histories are of use only if all of this happens in them.
        func total(_ count: KeyPath<LogHistoryReport, Int>) -> Int { reports.reduce(0) { $0 + $1[keyPath: count] } }
        func histories(with count: KeyPath<LogHistoryReport, Int>) -> Int { reports.count { $0[keyPath: count] > 0 } }
        #expect(total(\.acknowledgedCount) > 5 * Self.seedsOfEach)
        #expect(total(\.refusedCount) > Self.seedsOfEach / 4)
        #expect(total(\.uncertainCount) > Self.seedsOfEach / 4)
        #expect(total(\.failureCount) > Self.seedsOfEach / 2)
        #expect(histories(with: \.packedBytes) > Self.seedsOfEach / 5)
        #expect(histories(with: \.directWriteCount) > Self.seedsOfEach / 5)
        #expect(histories(with: \.growthCount) > Self.seedsOfEach / 5)
        #expect(histories(with: \.lostGrowthCount) > Self.seedsOfEach / 60)
        #expect(histories(with: \.recycledCount) > Self.seedsOfEach / 10)
        #expect(histories(with: \.preparedCount) > Self.seedsOfEach / 6)
        #expect(histories(with: \.skipCount) > Self.seedsOfEach / 4)
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
