import NIOHTTP1
import Testing
import WeirModel

@testable import WeirClient

@Suite struct ClockSkewTests {
    private let now: Int64 = 1_772_323_199_000

    private func offset(_ dates: [(skew: Int64, took: Int64)]) -> Duration {
        var machine = ClockSkewStateMachine()
        for (skew, took) in dates {
            let date = Timestamp(millisecondsSinceEpoch: (now + took + skew * 1000) / 1000 * 1000)
            machine.answered(date: date, sent: now, received: now + took)
        }
        return machine.offset
    }

    @Test func aClockThatIsWrongIsCorrected() {
        #expect(offset([(1200, 0)]) == .milliseconds(1_200_500))
        #expect(offset([(-1200, 0)]) == .milliseconds(-1_199_500))
        #expect(offset([(62, 0)]) == .milliseconds(62_500))
    }

    @Test func smallDifferencesAndSlowAnswersAreNoSkew() {
        #expect(offset([(0, 0)]) == .zero)
        #expect(offset([(59, 0)]) == .zero)
        #expect(offset([(-60, 0)]) == .zero)
        // The process was stopped for an hour while the answer waited: its date may have been right.
        #expect(offset([(-3000, 3_600_000)]) == .zero)
    }

    @Test func aClockThatIsPutRightNeedsNoCorrectionAnyMore() {
        #expect(offset([(1200, 0), (0, 0)]) == .milliseconds(500))
        #expect(offset([(1200, 0), (1210, 0)]) == .milliseconds(1_200_500))
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000), ("Sat, 28 Feb 2026 23:59:59 GMT", 1_772_323_199_000),
            ("Thu, 29 Feb 2024 00:00:00 GMT", 1_709_164_800_000), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun Nov  6 08:49:37 1994", nil), ("", nil),
            ("Sun, 31 Feb 2024 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 8:49:37 GMT", nil),
        ] as [(String, Int64?)]
    ) func readsDatesOfAnswers(text: String, milliseconds: Int64?) {
        #expect(Timestamp(httpDate: text)?.millisecondsSinceEpoch == milliseconds)
    }

    @Test(
        arguments: [
            ("2026-02-28T23:59:59Z", 1_772_323_199_000), ("2026-02-28T23:59:59.123Z", 1_772_323_199_123),
            ("2026-03-01T00:59:59+01:00", 1_772_323_199_000), ("2026-02-28T18:29:59.5-05:30", 1_772_323_199_500),
            ("2026-02-28T23:59:59.9999Z", 1_772_323_199_999), ("2026-02-28T23:59:59.01Z", 1_772_323_199_010),
            ("2026-02-28T23:59:59.,Z", nil), ("1969-12-31T23:59:59.25Z", -750),
            ("2026-02-28T23:59:59+0000", nil), ("2026-02-28 23:59:59Z", nil), ("2026-02-30T23:59:59Z", nil),
            ("2026-02-28T23:59:59", nil), ("2026-02-28T23:59:59.Z", nil), ("20260228T235959Z", nil), ("", nil),
            ("2026-02-28T23:59:59+24:00", nil),
        ] as [(String, Int64?)]
    ) func readsTimesOfExpiry(text: String, milliseconds: Int64?) {
        #expect(Timestamp(iso8601Time: text)?.millisecondsSinceEpoch == milliseconds)
    }
}
