import Testing

@testable import WeirConsumer

@Suite struct StreamScheduleTests {
    private let second: UInt64 = 1_000_000_000

    private func schedule(_ streams: ConsumedStream...) -> StreamScheduleStateMachine {
        var schedule = StreamScheduleStateMachine(interval: .seconds(60))
        schedule.set(streams, at: 0)
        return schedule
    }

    private func begun(_ schedule: inout StreamScheduleStateMachine, at now: UInt64) -> [String] {
        schedule.begin(at: now).map(\.name)
    }

    @Test func aNewStreamIsDueAtOnceThenAtTheInterval() {
        var schedule = schedule("a", "b")
        #expect(schedule.nextDeadline == 0)
        #expect(begun(&schedule, at: 0) == ["a", "b"])
        #expect(schedule.nextDeadline == .max)
        #expect(begun(&schedule, at: 500 * second) == [])
        schedule.ended("a", .changed, at: 2 * second)
        schedule.ended("b", .unchanged, at: 3 * second)
        #expect(schedule.nextDeadline == 62 * second)
        #expect(begun(&schedule, at: 62 * second - 1) == [])
        #expect(begun(&schedule, at: 62 * second) == ["a"])
    }

    @Test func streamsAreAddedLeftOutAndChanged() {
        var schedule = schedule("a", "b")
        _ = schedule.begin(at: 0)
        for name in ["a", "b"] { schedule.ended(name, .unchanged, at: 0) }
        schedule.set(["b", "c"], at: second)
        #expect(schedule.names == ["b", "c"])
        #expect(begun(&schedule, at: second) == ["c"])
        // What ends of a stream that is left out is of no interest.
        schedule.ended("a", .changed, at: second)
        #expect(schedule.names == ["b", "c"])
        schedule.set([.init("b", initialPosition: .latest), "c"], at: 2 * second)
        #expect(schedule.begin(at: 2 * second) == [.init("b", initialPosition: .latest)])
    }

    @Test func whatIsAskedForComesSoonerButNotAtOnceAgain() {
        var schedule = schedule("a")
        _ = schedule.begin(at: 0)
        schedule.ended("a", .unchanged, at: 0)
        schedule.want("a", at: second / 2)
        #expect(schedule.nextDeadline == second)
        schedule.want("nobody", at: 0)
        #expect(begun(&schedule, at: second) == ["a"])
        // Asked for while it is under way: what it finds may be older.
        schedule.want("a", at: second)
        schedule.ended("a", .changed, at: second)
        #expect(schedule.nextDeadline == 2 * second)
    }

    @Test func whatIsAskedForInVainComesEverMoreRarely() {
        var schedule = schedule("a")
        _ = schedule.begin(at: 0)
        schedule.ended("a", .unchanged, at: 0)
        var pauses: [UInt64] = []
        var now: UInt64 = 0
        for _ in 0..<8 {
            schedule.want("a", at: now)
            pauses.append((schedule.nextDeadline - now) / second)
            now = schedule.nextDeadline
            _ = schedule.begin(at: now)
            schedule.ended("a", .unchanged, at: now)
        }
        // The one after a whole interval was not hurried.
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 1])
        // What comes of its own accord, or finds something, begins anew.
        schedule.want("a", at: now)
        now = schedule.nextDeadline
        _ = schedule.begin(at: now)
        schedule.ended("a", .changed, at: now)
        schedule.want("a", at: now)
        #expect(schedule.nextDeadline == now + second)
    }

    @Test func aFailureIsTriedAgainAfterItsPause() {
        var schedule = schedule("a")
        _ = schedule.begin(at: 0)
        #expect(schedule.failureCount(of: "a") == 0)
        schedule.ended("a", .failed(pause: 5 * second), at: second)
        #expect(schedule.failureCount(of: "a") == 1)
        #expect(schedule.nextDeadline == 6 * second)
        _ = schedule.begin(at: 6 * second)
        schedule.ended("a", .failed(pause: .max), at: 6 * second)
        #expect(schedule.nextDeadline == 66 * second)
        _ = schedule.begin(at: 66 * second)
        schedule.ended("a", .unchanged, at: 66 * second)
        #expect(schedule.failureCount(of: "a") == 0)
    }

    @Test func onlySoManyAreAskedAtATime() {
        var schedule = StreamScheduleStateMachine(interval: .seconds(60))
        let limit = StreamScheduleStateMachine.maximumListings
        let streams = (10..<30).map { ConsumedStream("\($0)") }
        schedule.set(streams, at: 0)
        let first = begun(&schedule, at: 0)
        #expect(first == streams.prefix(limit).map(\.name))
        #expect(schedule.nextDeadline == .max)
        // One has failed; one has told its shards, and is under way still.
        schedule.ended(first[0], .failed(pause: second), at: 1)
        schedule.listed(first[1])
        #expect(schedule.nextDeadline == 0)
        #expect(begun(&schedule, at: 1) == streams[limit..<limit + 2].map(\.name))
        #expect(schedule.nextDeadline == .max)
    }

    @Test func itIsKnownWhetherMoreStreamsWillTellTheirShards() {
        var schedule = schedule("a", "b")
        #expect(schedule.isListing(at: 0))
        _ = schedule.begin(at: 0)
        schedule.listed("a")
        #expect(schedule.isListing(at: 0))
        schedule.listed("b")
        #expect(!schedule.isListing(at: 0))
        for name in ["a", "b"] { schedule.ended(name, .unchanged, at: 0) }
        #expect(!schedule.isListing(at: 59 * second))
        #expect(schedule.isListing(at: 60 * second))
        _ = schedule.begin(at: 60 * second)
        #expect(schedule.isListing(at: 60 * second))
    }
}
