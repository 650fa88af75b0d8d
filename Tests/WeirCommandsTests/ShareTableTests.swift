import Testing

@testable import WeirCommands

@Suite struct ShareTableTests {
    static func table(_ owners: [String?]) -> ShareTable {
        ShareTable(rows: owners.enumerated().map { .init(shardID: "s\($0.offset)", owner: $0.element) })
    }

    @Test(
        arguments: [
            (["a", "b", "a", "b"], 4, true), (["a", "a", "a", "b"], 4, false), (["a", "b", "a", nil], 4, false),
            (["a", "b", "a", "c"], 4, false), (["a", "b", "a"], 4, false), (["a", "b", "a", "b", "a"], 5, true),
            (["a", "a", "b", "b"], 5, false),
        ] as [([String?], Int, Bool)]
    )
    func sharedMeansAllHeldAndWithinOne(_ owners: [String?], _ shardCount: Int, _ expected: Bool) {
        #expect(Self.table(owners).isShared(by: ["a", "b"], shardCount: shardCount) == expected)
    }

    @Test func reportsReadBack() {
        let report = DemoReport(shardID: "s", sequenceNumber: "12", nanoseconds: 5, isAccepted: false)
        #expect(DemoReport(report.line) == report)
        for cut in 1..<report.line.count { #expect(DemoReport(String(report.line.dropLast(cut))) == nil) }
    }
}
