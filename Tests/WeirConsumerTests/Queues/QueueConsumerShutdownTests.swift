import Testing
import WeirModel

@testable import WeirConsumer

private typealias Machine = QueueConsumerStateMachine

private let second: UInt64 = 1_000_000_000
private let millisecond: UInt64 = 1_000_000

private let lost = Machine.Failure.transient(ServiceError(.connectionFailure, "lost"))

/// How the machine ends.
@Suite struct QueueConsumerShutdownTests {
    @Test func aShutdownFinishesWhatRunsAndReturnsTheRest() throws {
        var trial = QueueTrial {
            $0.concurrency = 2
            $0.prefetch = 3
            $0.shutdownTimeout = 10 * second
        }
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        let next = trial.receive(4, poll: poll, at: second).receives[0].poll
        let shutdown = trial.handle(.shutdown, at: second + 1)
        let returned = try #require(shutdown.changed)
        #expect(returned.ids == [3, 4] && returned.seconds == [0, 0])
        // Who has just asked waits a moment for an answer.
        #expect(!shutdown.contains(.cancelReceive(poll: next)))
        let late = trial.receive(1, poll: next, at: second + 2)
        #expect(late.started.isEmpty && late.changed?.ids == [5] && late.changed?.seconds == [0])
        // What is done is acknowledged at once.
        let done = try #require(trial.handle(.handled(1, .succeeded), at: 2 * second).acknowledged)
        let cancelled = trial.handle(.tick, at: 11 * second + 1)
        #expect(cancelled.contains(.cancelHandler(2, .shutdown)))
        let rest = try #require(trial.handle(.handled(2, .succeeded), at: 11 * second + 2).changed)
        #expect(rest.ids == [2] && rest.seconds == [0])
        for (call, ids) in [(returned.call, [3, 4]), (late.changed?.call ?? 0, [5]), (done.call, [1])] {
            let outcomes = Dictionary(uniqueKeysWithValues: ids.map { ($0, Machine.EntryOutcome.done) })
            #expect(!trial.handle(.answered(call: call, outcomes), at: 12 * second).contains(.finished))
        }
        #expect(trial.handle(.answered(call: rest.call, [2: .done]), at: 12 * second).last == .finished)
        #expect(trial.machine.endError == nil)
    }

    @Test func aCallThatHasWaitedIsCancelledByAShutdown() {
        var trial = QueueTrial()
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        #expect(trial.handle(.shutdown, at: 3 * second) == [.cancelReceive(poll: poll)])
        // An answer that came all the same is returned.
        let late = trial.receive(1, poll: poll, at: 3 * second + 1)
        #expect(late.changed?.seconds == [0])
    }

    @Test func aShutdownEndsThoughNothingIsAnswered() throws {
        var trial = QueueTrial { $0.shutdownTimeout = second }
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        _ = trial.receive(1, poll: poll, at: 1)
        _ = trial.handle(.shutdown, at: second)
        let call = try #require(trial.handle(.handled(1, .succeeded), at: second + 1).acknowledged?.call)
        _ = trial.handle(.callFailed(call: call, lost), at: second + 2)
        #expect(!trial.handle(.tick, at: 12 * second - 1).contains(.finished))
        #expect(trial.handle(.tick, at: 12 * second).suffix(2) == [.report(.letGo(1)), .finished])
        #expect(trial.machine.nextDeadline == .max)
    }
}
