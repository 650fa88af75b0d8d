import Testing

@testable import WeirModel

@Suite struct ThroughputCommitmentTests {
    private static let day = Limits.minimumCommitmentMilliseconds

    private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(millisecondsSinceEpoch: milliseconds) }

    @Test func atFirstThereIsNone() {
        let commitment = ThroughputCommitment()
        #expect(commitment.status(at: at(0)) == .disabled)
        #expect(commitment.earliestAllowedEnd == nil)
    }

    @Test func onceBegunItLastsADay() {
        var commitment = ThroughputCommitment()
        commitment.enable(at: at(100))
        #expect(commitment.status(at: at(100)) == .enabled)
        #expect(commitment.earliestAllowedEnd == at(100 + Self.day))
        commitment.disable(at: at(200))
        #expect(commitment.status(at: at(200)) == .enabledUntilEarliestAllowedEnd)
        #expect(commitment.status(at: at(99 + Self.day)) == .enabledUntilEarliestAllowedEnd)
        #expect(commitment.status(at: at(100 + Self.day)) == .disabled)
        #expect(commitment.endsAt == at(100 + Self.day))
    }

    @Test func afterItsFirstDayItEndsAtOnce() {
        var commitment = ThroughputCommitment()
        commitment.enable(at: at(0))
        commitment.disable(at: at(Self.day + 5))
        #expect(commitment.status(at: at(Self.day + 5)) == .disabled)
        #expect(commitment.endsAt == at(Self.day + 5))
    }

    @Test func whatIsAboutToEndCanBeKept() {
        var commitment = ThroughputCommitment()
        commitment.enable(at: at(0))
        commitment.disable(at: at(5))
        commitment.enable(at: at(6))
        #expect(commitment.status(at: at(2 * Self.day)) == .enabled)
        #expect(commitment.startedAt == at(0))
    }

    @Test func doingItAgainChangesNothing() {
        var commitment = ThroughputCommitment()
        commitment.disable(at: at(1))
        #expect(commitment == ThroughputCommitment())
        commitment.enable(at: at(10))
        let enabled = commitment
        commitment.enable(at: at(20))
        #expect(commitment == enabled)
        commitment.disable(at: at(30))
        let ending = commitment
        commitment.disable(at: at(40))
        #expect(commitment == ending)
        commitment.enable(at: at(10 + Self.day))
        #expect(commitment.startedAt == at(10 + Self.day))
    }
}
