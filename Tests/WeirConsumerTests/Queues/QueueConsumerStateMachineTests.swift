import Testing
import WeirModel

@testable import WeirConsumer

private typealias Machine = QueueConsumerStateMachine

private let second: UInt64 = 1_000_000_000
private let millisecond: UInt64 = 1_000_000

private let lost = Machine.Failure.transient(ServiceError(.connectionFailure, "lost"))

@Suite struct QueueConsumerStateMachineTests {
    @Test func itAsksForWhatItCanBeginAndNoMore() {
        var trial = QueueTrial { $0.concurrency = 13 }
        let first = trial.handle(.tick, at: 0)
        #expect(first.receives.map(\.limit) == [10])
        // One call at a time until there is more than it can bring.
        let second = trial.receive(10, poll: first.receives[0].poll, at: 1)
        #expect(second.started == Array(1...10))
        #expect(second.receives.map(\.limit) == [3])
        let third = trial.receive(3, poll: second.receives[0].poll, at: 2)
        #expect(third.started == [11, 12, 13])
        #expect(third.receives.isEmpty)
        // A handler that ends makes room for one more.
        #expect(trial.handle(.handled(4, .succeeded), at: 3).receives.map(\.limit) == [1])
    }

    /// A policy that is changed, or credentials that are renewed, must not cost what is held.
    @Test func whatWasAllowedBeforeIsTriedAgainWhileItIsHeld() throws {
        let refusal = Machine.Failure.refused(ServiceError(.accessDenied, "no"))
        var trial = QueueTrial { $0.concurrency = 2 }
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        _ = trial.receive(2, poll: poll, at: 0)
        _ = trial.handle(.handled(1, .succeeded), at: second)
        let first = try #require(trial.handle(.tick, at: 2 * second).acknowledged)
        _ = trial.handle(.answered(call: first.call, [1: .done]), at: 2 * second)
        // The extension is refused, and tried again before the 30 s are over.
        var now = trial.machine.nextDeadline
        let refused = try #require(trial.handle(.tick, at: now).changed)
        #expect(
            !trial.handle(.callFailed(call: refused.call, refusal), at: now).reports.contains(.visibilityExpired(2))
        )
        now = trial.machine.nextDeadline
        #expect(now < 30 * second)
        let again = try #require(trial.handle(.tick, at: now).changed)
        #expect(again.ids == [2])
        _ = trial.handle(.answered(call: again.call, [2: .done]), at: now)
        // So is the acknowledgement, until the time is over.
        _ = trial.handle(.handled(2, .succeeded), at: now)
        let end = now + 30 * second
        var attempts = 0
        while trial.machine.held[2] != nil {
            now = max(now + 1, trial.machine.nextDeadline)
            try #require(now < end + 30 * second, "it is let go when its time is over")
            if let call = trial.handle(.tick, at: now).acknowledged?.call {
                attempts += 1
                _ = trial.handle(.callFailed(call: call, refusal), at: now)
            }
        }
        #expect(attempts > 2)
    }

    @Test func severalCallsReceiveWhereOneIsNotEnough() {
        var trial = QueueTrial { $0.concurrency = 64 }
        let first = trial.handle(.tick, at: 0)
        #expect(first.receives.map(\.limit) == [10])
        let second = trial.receive(10, poll: first.receives[0].poll, at: 1)
        #expect(second.receives.map(\.limit) == [10, 10, 10, 10, 10, 4])
        // Less than was asked for: one is enough again, and those under way are left.
        #expect(trial.receive(2, poll: second.receives[0].poll, at: 2).receives.isEmpty)
    }

    @Test func whatIsPrefetchedWaitsForAHandler() {
        var trial = QueueTrial {
            $0.concurrency = 1
            $0.prefetch = 2
        }
        let first = trial.handle(.tick, at: 0)
        #expect(first.receives.map(\.limit) == [3])
        #expect(trial.receive(3, poll: first.receives[0].poll, at: 1).started == [1])
        let next = trial.handle(.handled(1, .succeeded), at: 2)
        #expect(next.started == [2])
        #expect(next.receives.map(\.limit) == [1])
    }

    @Test func acknowledgementsGoTogether() throws {
        var trial = QueueTrial { $0.concurrency = 12 }
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        let more = trial.receive(10, poll: poll, at: 1).receives[0].poll
        _ = trial.receive(2, poll: more, at: 2)
        for id in 1...9 { #expect(trial.handle(.handled(id, .succeeded), at: 3).acknowledged == nil) }
        #expect(trial.machine.nextDeadline == 3 + 5 * millisecond)
        // The tenth fills a call.
        let full = try #require(trial.handle(.handled(10, .succeeded), at: 4).acknowledged)
        #expect(full.ids == Array(1...10))
        #expect(trial.handle(.handled(11, .succeeded), at: 5).acknowledged == nil)
        #expect(trial.handle(.tick, at: 4 + 5 * millisecond).acknowledged == nil)
        #expect(trial.handle(.tick, at: 5 + 5 * millisecond).acknowledged?.ids == [11])
        var outcomes = Dictionary(uniqueKeysWithValues: full.ids.map { ($0, Machine.EntryOutcome.done) })
        outcomes[3] = .gone
        outcomes[7] = .failed
        let answered = trial.handle(.answered(call: full.call, outcomes), at: 20 * millisecond)
        #expect(answered.reports.contains(.acknowledgementRefused(3)))
        #expect(answered.reports.count { if case .acknowledged = $0 { true } else { false } } == 8)
        // What failed is tried again after a pause.
        #expect(answered.acknowledged == nil)
        let again = trial.machine.nextDeadline
        #expect((120 * millisecond...220 * millisecond).contains(again))
        #expect(trial.handle(.tick, at: again).acknowledged?.ids == [7])
    }

    @Test func theTimeOfWhatIsHandledIsExtended() throws {
        var trial = QueueTrial { $0.visibility = 30 }
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        _ = trial.receive(3, poll: poll, at: second)
        let due = trial.machine.nextDeadline
        #expect((16 * second...21 * second).contains(due))
        let extend = try #require(trial.handle(.tick, at: due).changed)
        #expect(extend.ids == [1, 2, 3] && extend.seconds == [30, 30, 30])
        let outcomes: [Int: Machine.EntryOutcome] = [1: .done, 2: .gone, 3: .failed]
        let answered = trial.handle(.answered(call: extend.call, outcomes), at: due + second)
        // Another consumer has the second one. The third is tried again soon.
        #expect(answered.contains(.cancelHandler(2, .receiptLost)))
        #expect(answered.reports.contains(.receiptLost(2)))
        let retry = trial.machine.nextDeadline
        #expect(retry <= due + 3 * second)
        #expect(trial.handle(.tick, at: retry).changed?.ids == [3])
        // Whatever the handler says now, nothing is to be done.
        #expect(trial.handle(.handled(2, .succeeded), at: retry + 1).acknowledged == nil)
    }

    @Test func aFailureComesAgainAfterAPauseThatGrows() throws {
        for (receiveCount, range) in [(1, 1...1), (3, 2...4), (5, 8...16), (60, 450...900)] {
            var trial = QueueTrial()
            let poll = trial.handle(.tick, at: 0).receives[0].poll
            _ = trial.receive(1, poll: poll, receiveCount: receiveCount, at: 1)
            let failed = trial.handle(.handled(1, .failed(pauseSeconds: nil)), at: 2)
            let change = try #require(trial.handle(.tick, at: trial.machine.nextDeadline).changed)
            #expect(range.contains(change.seconds[0]), "received \(receiveCount) times: \(change.seconds)")
            #expect(failed.reports == [.failed(1, pauseSeconds: change.seconds[0])])
            let done = trial.handle(.answered(call: change.call, [1: .done]), at: second)
            #expect(done.reports == [.returned(1, seconds: change.seconds[0])])
            #expect(trial.machine.held.isEmpty)
        }
    }

    @Test func aHandlerMaySayWhenItWantsARecordAgain() {
        var trial = QueueTrial()
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        _ = trial.receive(1, poll: poll, at: 1)
        _ = trial.handle(.handled(1, .failed(pauseSeconds: 77)), at: 2)
        #expect(trial.handle(.tick, at: second).changed?.seconds == [77])
    }

    @Test(arguments: [false, true])
    func aRejectionIsAcknowledgedOnlyWhereThatIsWanted(isWanted: Bool) {
        var trial = QueueTrial { $0.acknowledgesRejections = isWanted }
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        _ = trial.receive(1, poll: poll, at: 1)
        let handled = trial.handle(.handled(1, .rejected), at: 2)
        #expect(handled.reports.contains(.rejected(1)) == isWanted)
        #expect((trial.handle(.tick, at: second).acknowledged != nil) == isWanted)
    }

    @Test func aHandlerThatTakesTooLongIsCancelledAndItsRecordReturned() {
        var trial = QueueTrial {
            $0.visibility = 3
            $0.handlerTimeout = 5 * second
        }
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        _ = trial.receive(1, poll: poll, at: 0)
        while trial.machine.nextDeadline < 5 * second {
            let now = trial.machine.nextDeadline
            guard let call = trial.handle(.tick, at: now).changed else { continue }
            _ = trial.handle(.answered(call: call.call, [1: .done]), at: now)
        }
        let over = trial.handle(.tick, at: 5 * second)
        #expect(over.contains(.cancelHandler(1, .timedOut)) && over.reports.contains(.handlerTimedOut(1)))
        // It says that it succeeded: nobody knows.
        let ended = trial.handle(.handled(1, .succeeded), at: 5 * second + 1)
        #expect(ended.reports == [.failed(1, pauseSeconds: 1)])
    }

    @Test func aRecordWhoseTimeIsOverIsNotBegun() {
        var trial = QueueTrial {
            $0.concurrency = 1
            $0.prefetch = 1
            $0.visibility = 10
        }
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        _ = trial.receive(2, poll: poll, at: 0)
        // The machine slept.
        let woken = trial.handle(.handled(1, .succeeded), at: 60 * second)
        #expect(woken.started.isEmpty)
        #expect(woken.reports.contains(.letGo(2)))
    }

    @Test func callsThatFailAreTriedAgainMoreAndMoreSeldom() throws {
        var trial = QueueTrial()
        var now: UInt64 = 0
        var pauses: [UInt64] = []
        var poll = trial.handle(.tick, at: 0).receives[0].poll
        for _ in 0..<10 {
            let failed = trial.handle(.receiveFailed(poll: poll, lost), at: now)
            #expect(failed.receives.isEmpty && failed.reports.count == 1)
            pauses.append(trial.machine.nextDeadline - now)
            now = trial.machine.nextDeadline
            poll = try #require(trial.handle(.tick, at: now).receives.first).poll
        }
        for (place, pause) in pauses.enumerated() {
            let longest = min(200 * millisecond << UInt64(min(place, 6)), 10 * second)
            #expect((longest / 2...longest).contains(pause))
        }
        // Then all is well at once.
        #expect(trial.receive(1, poll: poll, at: now).receives.count == 1)
    }

    @Test func aMissingQueueEndsTheConsumerUnlessItIsToWait() {
        let missing = Machine.Failure.queueMissing(ServiceError(.resourceNotFound, "no queue"))
        var trial = QueueTrial()
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        let ended = trial.handle(.receiveFailed(poll: poll, missing), at: 1)
        #expect(ended == [.report(.queueMissing), .finished])
        #expect(trial.machine.endError?.code == .resourceNotFound)

        var patient = QueueTrial { $0.waitsForQueue = true }
        let first = patient.handle(.tick, at: 0).receives[0].poll
        #expect(patient.handle(.receiveFailed(poll: first, missing), at: 1).reports.first == .queueMissing)
        #expect(patient.handle(.tick, at: patient.machine.nextDeadline).receives.count == 1)
    }

    @Test func whatIsRefusedFromTheBeginningEndsTheConsumer() throws {
        let refused = Machine.Failure.refused(ServiceError(.accessDenied, "no"))
        var trial = QueueTrial()
        let poll = trial.handle(.tick, at: 0).receives[0].poll
        #expect(trial.handle(.receiveFailed(poll: poll, refused), at: 1) == [.finished])
        #expect(trial.machine.endError?.code == .accessDenied)

        // What may be received but not acknowledged.
        var other = QueueTrial()
        let first = other.handle(.tick, at: 0).receives[0].poll
        let second = other.receive(1, poll: first, at: 1).receives[0].poll
        _ = other.handle(.handled(1, .succeeded), at: 2)
        let call = try #require(other.handle(.tick, at: other.machine.nextDeadline).acknowledged?.call)
        let ended = other.handle(.callFailed(call: call, refused), at: 20 * millisecond)
        #expect(ended.reports == [.acknowledgementRefused(1)])
        #expect(other.machine.endError?.code == .accessDenied)
        #expect(other.receive(0, poll: second, at: 30 * millisecond) == [.finished])

        // What was possible before is tried again.
        var later = QueueTrial()
        let one = later.handle(.tick, at: 0).receives[0].poll
        let two = later.receive(0, poll: one, at: 1).receives[0].poll
        #expect(later.handle(.receiveFailed(poll: two, refused), at: 2).contains(.finished) == false)
        #expect(later.machine.endError == nil)
    }

    @Test func pausesAreWholeSecondsThatTheServiceTakes() {
        #expect(QueueBackOff.seconds(.zero) == 0)
        #expect(QueueBackOff.seconds(.milliseconds(1)) == 1)
        #expect(QueueBackOff.seconds(.milliseconds(1001)) == 2)
        #expect(QueueBackOff.seconds(.seconds(43_200)) == 43_200)
        #expect(QueueBackOff.seconds(.seconds(100_000)) == 43_200)
        #expect(QueueBackOff.seconds(.seconds(Int64.max)) == 43_200)
        #expect(QueueBackOff.seconds(.seconds(-1)) == 0)
        let backOff = QueueBackOff(initialPause: .seconds(2), maximumPause: .seconds(100))
        #expect(backOff.seconds(receiveCount: 1, jitter: 0) == 1)
        #expect(backOff.seconds(receiveCount: 3, jitter: 0) == 4)
        #expect(backOff.seconds(receiveCount: 1000, jitter: 0) == 50)
        #expect(backOff.seconds(receiveCount: 1000, jitter: 0.999) == 100)
        #expect(QueueBackOff(initialPause: .zero, maximumPause: .zero).seconds(receiveCount: 9, jitter: 0.5) == 0)
    }
}
