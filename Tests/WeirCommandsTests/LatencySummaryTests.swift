import Testing

@testable import WeirCommands

@Suite struct LatencySummaryTests {
    @Test func percentilesAreOfTheNearestRank() {
        let summary = LatencySummary(nanoseconds: (1...100).reversed().map { $0 * 1_000_000 })
        #expect(summary.percentile(0.5) == 50_000_000)
        #expect(summary.percentile(0.99) == 99_000_000)
        #expect(summary.percentile(1) == 100_000_000)
        #expect(summary.percentile(0) == 1_000_000)
        #expect(summary.text(0.5) == "50.0 ms")
        #expect(LatencySummary(nanoseconds: []).percentile(0.5) == 0)
    }
}
