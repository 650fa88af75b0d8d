import Testing

@testable import WeirConsumer

/// Histories of consumers of a queue in virtual time, each from its seed.
@Suite struct QueueConsumerHistoryTests {
    private static let seedsOfEach: UInt64 = 100

    @Test(arguments: 0..<8 as Range<UInt64>)
    func consumersDoWhatTheyShould(part: UInt64) async {
        var counts = QueueConsumerHistory.Counts()
        for seed in part * Self.seedsOfEach..<(part + 1) * Self.seedsOfEach {
            let history = QueueConsumerHistory(seed: seed)
            #expect(history.run() == [], "seed \(seed)")
            counts += history.counts
            await Task.yield()
        }
        // The histories are of use only if all of this happens in them.
        let each = Int(Self.seedsOfEach)
        #expect(counts.acknowledged > 20 * each && counts.redelivered > 5 * each && counts.extended > 5 * each)
        #expect(counts.timedOut > each / 2 && counts.lost > each / 2 && counts.returned > 5 * each)
        #expect(counts.failedCalls > each && counts.cancelledReceives > each / 2 && counts.deaths > each / 8)
        #expect(counts.refusals > each)
    }

    /// An oracle that finds nothing in a consumer that is wrong would be of no use.
    @Test(arguments: QueueConsumerDefect.allCases)
    func theOracleFindsEveryDefect(defect: QueueConsumerDefect) {
        let found = (0..<300 as Range<UInt64>).first { seed in
            !QueueConsumerHistory(seed: seed, defect: defect).run().isEmpty
        }
        #expect(found != nil)
    }
}
