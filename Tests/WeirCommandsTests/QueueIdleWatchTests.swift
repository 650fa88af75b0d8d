import Synchronization
import Testing
import WeirConsumer

@testable import WeirCommands

/// When `weir queue consume --until-idle` takes a queue for drained.
@Suite(.timeLimit(.minutes(1))) struct QueueIdleWatchTests {
    private let time = StillTime()

    private var seconds: UInt64 { time.monotonicNanoseconds / 1_000_000_000 }

    @Test func onlyAnAnswerTellsThatThereIsNothing() async throws {
        let watch = QueueIdleWatch(time: time)
        let hasEnded = Atomic(false)
        async let ended: Void = {
            try await watch.wait(seconds: 2)
            hasEnded.store(true, ordering: .relaxed)
        }()
        while seconds < 100 { await Task.yield() }
        let endedBeforeAnAnswer = hasEnded.load(ordering: .relaxed)
        #expect(!endedBeforeAnAnswer)
        watch.note(.received(count: 3))
        // What is in hand is waited for.
        watch.begin()
        watch.note(.received(count: 0))
        let begun = seconds
        while seconds < begun + 100 { await Task.yield() }
        let endedWithOneInHand = hasEnded.load(ordering: .relaxed)
        #expect(!endedWithOneInHand)
        watch.end()
        watch.note(.received(count: 0))
        try await ended
    }

    @Test func aServiceThatIsAwayIsAnError() async throws {
        let watch = QueueIdleWatch(time: time)
        watch.note(.receiveFailed(error: "connection refused"))
        let error = await #expect(throws: CommandFailure.self) { try await watch.wait(seconds: 5) }
        #expect(error?.description.contains("connection refused") == true)
        #expect(seconds >= 5)
    }

    @Test func aFailureThatIsOverIsNone() async throws {
        let watch = QueueIdleWatch(time: time)
        watch.note(.receiveFailed(error: "connection refused"))
        watch.note(.received(count: 0))
        try await watch.wait(seconds: 5)
        #expect(seconds >= 5)
    }
}
