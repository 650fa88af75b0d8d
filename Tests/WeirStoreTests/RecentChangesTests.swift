import Testing
import WeirModel

@testable import WeirStore

@Suite struct RecentChangesTests {
    private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(millisecondsSinceEpoch: milliseconds) }

    @Test func aChangeCountsForADay() {
        var changes = RecentChanges()
        changes.add(.mode, at: at(0))
        changes.add(.mode, at: at(10))
        #expect(changes.count(.mode, at: at(10)) == 2)
        #expect(changes.count(.mode, at: at(RecentChanges.period - 1)) == 2)
        #expect(changes.count(.mode, at: at(RecentChanges.period)) == 1)
        #expect(changes.count(.mode, at: at(RecentChanges.period + 10)) == 0)
    }

    @Test func kindsAreCountedApart() {
        var changes = RecentChanges()
        changes.add(.encryptionStart, at: at(0))
        #expect(changes.count(.encryptionStop, at: at(0)) == 0)
        #expect(changes.count(.encryptionStart, at: at(0)) == 1)
    }

    @Test func whatDoesNotCountIsForgotten() {
        var changes = RecentChanges()
        for hour in 0..<100 { changes.add(.mode, at: at(Int64(hour) * 3_600_000)) }
        #expect(changes.times[.mode]?.count == 24)
    }
}
