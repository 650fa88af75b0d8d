import Testing
import WeirModel

@Suite struct DurabilityTests {
    @Test(arguments: [
        ("always", Durability.always), ("interval(1)", .interval(milliseconds: 1)),
        ("interval:1", .interval(milliseconds: 1)), ("interval(60000)", .interval(milliseconds: 60_000)),
        ("interval:00100", .interval(milliseconds: 100)),
    ])
    func textsAreRead(text: String, expected: Durability) {
        #expect(Durability(text) == expected)
        #expect(Durability(expected.description) == expected)
    }

    @Test(arguments: [
        "", "Always", "always ", "never", "interval", "interval()", "interval:", "interval(0)", "interval:60001",
        "interval(-1)", "interval(+1)", "interval(1", "interval:1)", "interval(1.5)", "interval(1ms)", "interval 1",
        "interval:000100", "interval(99999999999999999999)", "interval(１)",
    ])
    func othersAreNone(text: String) { #expect(Durability(text) == nil) }
}
