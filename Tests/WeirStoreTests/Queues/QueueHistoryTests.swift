import Testing

@testable import WeirStore

/// Histories of a queue in virtual time, each from its seed, against a model that looks at each record by itself.
@Suite struct QueueHistoryTests {
    private static let seedsOfEach: UInt64 = 300

    @Test(arguments: 0..<8 as Range<UInt64>)
    func aQueueDoesWhatTheModelDoes(part: UInt64) async {
        var counts = QueueHistory.Counts()
        for seed in part * Self.seedsOfEach..<(part + 1) * Self.seedsOfEach {
            var history = QueueHistory(seed: seed)
            #expect(history.run() == [], "seed \(seed)")
            counts += history.counts
            await Task.yield()
        }
        // The histories are of use only if all of this happens in them.
        let each = Int(Self.seedsOfEach)
        #expect(counts.delivered > 10 * each && counts.redelivered > 4 * each && counts.acknowledged > 4 * each)
        #expect(counts.dead > each && counts.restored > each / 8 && counts.refused > each && counts.aged > each / 2)
        #expect(counts.crashes > 2 * each && counts.failures > each / 2)
    }

    /// A model that finds nothing in a queue that is wrong would be of no use.
    @Test(arguments: QueueDefect.allCases)
    func theModelFindsEveryDefect(defect: QueueDefect) {
        let found = (0..<400 as Range<UInt64>).first { seed in
            var history = QueueHistory(seed: seed, defect: defect)
            return !history.run().isEmpty
        }
        #expect(found != nil)
    }
}
