import Testing
import WeirTracing

/// What holds with and without the trait. What spans there are with it, Tests/TracingCheck checks.
@Suite struct TracedScopeTests {
    private struct Refusal: Error, Equatable {}

    @Test func theBodyIsPerformedOnceAndGivesItsResult() async {
        var count = 0
        let result = await traced("process s", .consumer, [("a", .number(1))]) { span in
            span.set("b", .text("c"))
            count += 1
            return "result"
        }
        #expect(result == "result" && count == 1)
    }

    @Test func itsErrorKeepsItsType() async {
        do throws(Refusal) {
            try await traced("process s", .consumer, []) { _ throws(Refusal) in throw Refusal() }
            Issue.record("nothing was thrown")
        } catch {
            #expect(error == Refusal())
        }
    }

    @Test func withoutTheTraitNoAttributeIsMade() async {
        func attributes() -> [(String, SpanValue)] {
            if !isTracing { Issue.record("attributes were made") }
            return []
        }
        func text() -> String {
            if !isTracing { Issue.record("a text was made") }
            return ""
        }
        await traced(text(), .producer, attributes()) { $0.set("a", .text(text())) }
    }
}
