import Testing
import WeirConsumerSimulation

/// Histories of whole workers in virtual time, each from its seed. More of them: `make soak WHAT=workers`.
@Suite(.timeLimit(.minutes(15))) struct WorkerHistoryTests {
    private static let seedsOfEach = 50

    @Test(arguments: 0..<4)
    func recordsAreProcessedWhateverHappens(part: Int) async {
        var totals = WorkerOracle.Counts()
        for seed in part * Self.seedsOfEach..<(part + 1) * Self.seedsOfEach {
            let report = WorkerHistory.run(seed: UInt64(seed))
            #expect(report.violations == [], "make soak WHAT=workers SEED=\(seed)")
            totals.repeated += report.totals.repeated
            totals.failures += report.totals.failures
            totals.deadLetters += report.totals.deadLetters
            totals.skipped += report.totals.skipped
            totals.halted += report.totals.halted
            await Task.yield()
        }
        // The histories are of use only if all of this happens in them.
        #expect(totals.repeated > Self.seedsOfEach)
        #expect(totals.failures > Self.seedsOfEach)
        #expect(totals.deadLetters > Self.seedsOfEach / 2)
        #expect(totals.skipped > Self.seedsOfEach / 4)
        #expect(totals.halted > 0)
    }

    @Test func aSeedAlwaysGivesTheSameHistory() async {
        var digests: Set<UInt64> = []
        for seed in 0..<8 as Range<UInt64> {
            let report = WorkerHistory.run(seed: seed)
            #expect(WorkerHistory.run(seed: seed) == report)
            digests.insert(report.digest)
            await Task.yield()
        }
        #expect(digests.count == 8)
    }

    /// An oracle that finds nothing in workers that are wrong would be of no use.
    @Test(arguments: WorkerDefect.allCases)
    func theOracleFindsEveryDefect(defect: WorkerDefect) async {
        var seed: UInt64 = 0
        while seed < 60, WorkerHistory.run(seed: seed, defect: defect).violations.isEmpty {
            seed += 1
            await Task.yield()
        }
        #expect(seed < 60)
    }
}
