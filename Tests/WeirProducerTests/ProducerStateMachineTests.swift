import Testing
import WeirModel
import WeirWire

@testable import WeirProducer

@Suite struct ProducerStateMachineTests {
    /// Three records a call, one call at a time, unless changed.
    func machine(_ change: (inout ProducerConfiguration) -> Void = { _ in }) -> Machine {
        var configuration = ProducerConfiguration()
        configuration.maximumBatchCount = 3
        configuration.maximumConcurrentCalls = 1
        change(&configuration)
        return Machine(configuration: configuration)
    }

    /// Puts records of the keys at one time, tickets from `first`; all must be accepted.
    func put(
        _ keys: [String],
        from first: Int = 1,
        into machine: inout Machine,
        now: UInt64 = 0,
        size: Int = 10
    ) throws -> [Machine.Action] {
        var actions: [Machine.Action] = []
        for (offset, key) in keys.enumerated() {
            let ticket = first + offset
            let (admission, more) = machine.put(
                try record(ticket, key: key, size: size),
                ticket: ticket,
                now: now
            )
            #expect(admission.isAccepted)
            actions += more
        }
        return actions
    }

    // MARK: Batches

    @Test func sendsAFullBatchAtOnce() throws {
        var machine = machine()
        let waiting = try put(["a", "b"], into: &machine)
        #expect(waiting.sent.isEmpty)
        #expect(waiting.wakes == [5 * millisecond])
        #expect(try put(["c"], from: 3, into: &machine).sent == [[1, 2, 3]])
    }

    @Test func sendsAfterTheLinger() throws {
        var machine = machine()
        _ = try put(["a"], into: &machine, now: 7)
        #expect(machine.tick(now: 5 * millisecond + 6).sent.isEmpty)
        #expect(machine.tick(now: 5 * millisecond + 7).sent == [[1]])
    }

    @Test func sendsAtOnceWithoutLinger() throws {
        var machine = machine { $0.linger = .zero }
        #expect(try put(["a"], into: &machine).sent == [[1]])
    }

    @Test func closesABatchBeforeItsSizeIsTooGreat() throws {
        // Each record counts 99 bytes of data and one of its key.
        var machine = machine { $0.maximumBatchSizeInBytes = 299 }
        #expect(try put(["a", "b"], into: &machine, size: 99).sent.isEmpty)
        let first = try put(["c"], from: 3, into: &machine, size: 99)
        #expect(first.sent == [[1, 2]])
        let batch = try #require(first.batches.first)
        let second = machine.responded(batch.id, results: [success(1), success(2)], now: 1, jitter: 0)
        #expect(second.sent.isEmpty)
        #expect(machine.tick(now: 5 * millisecond).sent == [[3]])
    }

    @Test func fillsABatchUpToItsSize() throws {
        var machine = machine { $0.maximumBatchSizeInBytes = 300 }
        #expect(try put(["a", "b", "c"], into: &machine, size: 99).sent == [[1, 2, 3]])
    }

    @Test func sendsARecordThatIsGreaterThanABatchAlone() throws {
        var machine = machine { $0.maximumBatchSizeInBytes = 50 }
        #expect(try put(["a"], into: &machine, size: 99).sent == [[1]])
    }

    @Test func boundsTheCallsOnTheirWay() throws {
        var machine = machine { $0.maximumConcurrentCalls = 2 }
        let actions = try put((1...10).map { "k\($0)" }, into: &machine)
        #expect(actions.sent == [[1, 2, 3], [4, 5, 6]])
        #expect(machine.callsOnTheirWay == 2)
        let results = [success(4), success(5), success(6)]
        let next = machine.responded(actions.batches[1].id, results: results, now: 1, jitter: 0)
        #expect(next.sent == [[7, 8, 9]])
        #expect(next.acknowledged == [4, 5, 6])
        #expect(machine.callsOnTheirWay == 2)
    }

    // MARK: Failures

    @Test func sendsOnlyTheFailedEntriesAgain() throws {
        var machine = machine()
        let batch = try #require(try put(["a", "b", "c"], into: &machine).batches.first)
        let answered = machine.responded(
            batch.id,
            results: [failure(.provisionedThroughputExceeded), success(2), failure(.internalFailure)],
            now: second,
            jitter: 0.5
        )
        #expect(answered.acknowledged == [2])
        #expect(answered.failed.isEmpty)
        #expect(answered.sent.isEmpty)
        #expect(answered.wakes == [])  // The wake for the linger comes before.
        let retryAt = second + 50 * millisecond
        #expect(machine.tick(now: 5 * millisecond).wakes == [retryAt])
        #expect(machine.tick(now: retryAt - 1).sent.isEmpty)
        let again = machine.tick(now: retryAt)
        #expect(again.sent == [[1, 3]])
        #expect(again.batches[0].repeatedCount == 2)
        let end = machine.responded(again.batches[0].id, results: [success(1), success(3)], now: retryAt, jitter: 0)
        #expect(end.acknowledged == [1, 3])
        for (_, result) in end.completions { #expect(try result.get().attempts == 2) }
        #expect(machine.incompleteCount == 0)
        #expect(machine.bufferedSizeInBytes == 0)
    }

    @Test(
        arguments: [
            (1, 100), (2, 200), (3, 400), (4, 800), (5, 1600), (6, 2000), (7, 2000),
        ] as [(Int, UInt64)]
    ) func backOffDoublesUpToItsMaximum(attempt: Int, milliseconds: UInt64) throws {
        var machine = machine { $0.linger = .zero }
        var batch = try #require(try put(["a"], into: &machine).batches.first)
        var now: UInt64 = 0
        for _ in 1..<attempt {
            _ = machine.responded(batch.id, results: [failure(.internalFailure)], now: now, jitter: 0.1)
            now += second
            batch = try #require(machine.tick(now: now).batches.first)
        }
        _ = machine.responded(batch.id, results: [failure(.internalFailure)], now: now, jitter: 1)
        #expect(machine.tick(now: now + milliseconds * millisecond - 1).sent.isEmpty)
        #expect(machine.tick(now: now + milliseconds * millisecond).sent == [[1]])
    }

    @Test func recordsThatFailedGoBeforeYoungerOnesInTheirOldOrder() throws {
        var machine = machine { $0.ordering = .none }
        let batch = try #require(try put(["a", "a", "a"], into: &machine).batches.first)
        _ = try put(["b", "b"], from: 4, into: &machine)
        let throttled = [failure(.provisionedThroughputExceeded), success(2), failure(.provisionedThroughputExceeded)]
        let answered = machine.responded(batch.id, results: throttled, now: 1, jitter: 0)
        #expect(answered.sent == [[1, 3, 4]])
    }

    @Test func aRecordThatCannotSucceedFailsAtOnce() throws {
        var machine = machine()
        let batch = try #require(try put(["a", "b", "c"], into: &machine).batches.first)
        let results = [failure(.accessDenied), success(2), PutRecordsResultEntry(shardID: "shardId-000000000000")]
        let actions = machine.responded(batch.id, results: results, now: 1, jitter: 0)
        #expect(actions.acknowledged == [2])
        #expect(actions.failed[1]?.code == .refused)
        #expect(actions.failed[1]?.cause?.code == .accessDenied)
        #expect(actions.failed[1]?.isRetryable == false)
        #expect(actions.failed[3]?.cause?.code == .malformedResponse)
        #expect(machine.incompleteCount == 0)
    }

    @Test(arguments: [
        ServiceError.Code.timeout, .connectionFailure, .throttling, .provisionedThroughputExceeded, .internalFailure,
        .serviceUnavailable,
    ]) func aCallThatMaySucceedIsSentAgain(code: ServiceError.Code) throws {
        var machine = machine()
        let batch = try #require(try put(["a", "b", "c"], into: &machine).batches.first)
        let actions = machine.requestFailed(batch.id, error: ServiceError(code, ""), now: 1, jitter: 0)
        #expect(actions.completions.isEmpty)
        #expect(actions.sent == [[1, 2, 3]])
    }

    @Test(arguments: [
        ServiceError.Code.resourceNotFound, .accessDenied, .validation, .configuration, .malformedResponse, .cancelled,
    ]) func aCallThatCannotSucceedFailsItsRecords(code: ServiceError.Code) throws {
        var machine = machine()
        let batch = try #require(try put(["a", "b", "c"], into: &machine).batches.first)
        let actions = machine.requestFailed(batch.id, error: ServiceError(code, ""), now: 1, jitter: 0)
        #expect(actions.failed.keys.sorted() == [1, 2, 3])
        #expect(actions.failed.values.allSatisfy { $0.code == .refused && $0.cause?.code == code })
        #expect(actions.sent.isEmpty)
        #expect(machine.bufferedSizeInBytes == 0)
    }

    @Test func anAnswerWithTooFewResultsFailsItsRecords() throws {
        var machine = machine()
        let batch = try #require(try put(["a", "b", "c"], into: &machine).batches.first)
        let actions = machine.responded(batch.id, results: [success(1)], now: 1, jitter: 0)
        #expect(actions.failed.keys.sorted() == [1, 2, 3])
        #expect(actions.failed.values.allSatisfy { $0.cause?.code == .malformedResponse })
    }

    @Test func aCallEndsOnce() throws {
        var machine = machine()
        let batch = try #require(try put(["a", "b", "c"], into: &machine).batches.first)
        let results = [success(1), success(2), success(3)]
        #expect(machine.responded(batch.id, results: results, now: 1, jitter: 0).acknowledged == [1, 2, 3])
        #expect(machine.responded(batch.id, results: results, now: 1, jitter: 0).isEmpty)
        #expect(machine.requestFailed(batch.id, error: ServiceError(.timeout, ""), now: 1, jitter: 0).isEmpty)
        #expect(machine.responded(999, results: [], now: 1, jitter: 0).isEmpty)
    }

    // MARK: Time to live

    @Test func recordsBehindAnUnansweredCallExpire() throws {
        var machine = machine()
        let first = try put(["a", "b", "c"], into: &machine)
        _ = try put(["a", "d"], from: 4, into: &machine, now: second)  // 4 is blocked, 5 is ready.
        #expect(machine.tick(now: 31 * second - 1).completions.isEmpty)
        let expired = machine.tick(now: 31 * second)
        #expect(expired.failed.keys.sorted() == [4, 5])
        #expect(expired.failed.values.allSatisfy { $0.code == .expired && $0.isRetryable && $0.cause == nil })
        // Those on their way are not: the answer tells.
        let batch = try #require(first.batches.first)
        let answered = machine.responded(
            batch.id,
            results: [success(1), failure(.internalFailure), success(3)],
            now: 40 * second,
            jitter: 0
        )
        #expect(answered.acknowledged == [1, 3])
        #expect(answered.failed[2]?.code == .expired)
        #expect(answered.failed[2]?.cause?.code == .internalFailure)
        #expect(machine.incompleteCount == 0)
    }

    @Test func aRecordFailsWhenItsNextTryWouldComeTooLate() throws {
        var machine = machine { $0.linger = .zero }
        let batch = try #require(try put(["a"], into: &machine).batches.first)
        let late = 30 * second - 100 * millisecond
        let actions = machine.responded(batch.id, results: [failure(.internalFailure)], now: late, jitter: 1)
        #expect(actions.failed[1]?.code == .expired)

        let other = try #require(try put(["a"], from: 2, into: &machine, now: 0).batches.first)
        let inTime = machine.responded(other.id, results: [failure(.internalFailure)], now: late - 1, jitter: 1)
        #expect(inTime.completions.isEmpty)
        #expect(machine.tick(now: 30 * second - 1).sent == [[2]])
    }

    @Test func asksToBeWokenForTheOldestRecord() throws {
        var machine = machine()
        let first = try put(["a", "b", "c"], into: &machine, now: 5)
        _ = machine.tick(now: 5 + 5 * millisecond)
        #expect(machine.wakeCount == 1)  // for the expiry of the first
        let batch = try #require(first.batches.first)
        _ = machine.responded(batch.id, results: [success(1), success(2), success(3)], now: second, jitter: 0)
        #expect(machine.tick(now: 5 + 30 * second).isEmpty)
        #expect(machine.wakeCount == 0)
    }

    @Test func fewWakesAreOutstanding() throws {
        var machine = machine { $0.ordering = .none }
        var batches: [UInt64] = []
        for step in 0..<2000 {
            let now = UInt64(step) * millisecond
            batches += try put(["k"], from: step, into: &machine, now: now).batches.map(\.id)
            batches += machine.tick(now: now).batches.map(\.id)
            if step % 3 == 2, let batch = batches.popLast() {
                let error = ServiceError(.timeout, "")
                let jitter = Double(step % 10) / 10
                batches += machine.requestFailed(batch, error: error, now: now, jitter: jitter).batches.map(\.id)
            }
            #expect(machine.wakeCount <= 12)
        }
    }

    // MARK: Order

    @Test func oneRecordOfAKeyIsOnItsWay() throws {
        var machine = machine { $0.maximumConcurrentCalls = 5 }
        let actions = try put(["a", "a", "b", "a"], into: &machine)
        #expect(actions.sent.isEmpty)
        let first = machine.tick(now: 5 * millisecond)
        #expect(first.sent == [[1, 3]])
        // 2 has waited long enough already.
        let results = [success(1), failure(.internalFailure)]
        let second = machine.responded(first.batches[0].id, results: results, now: 6 * millisecond, jitter: 1)
        #expect(second.sent == [[2]])
        let third = machine.responded(second.batches[0].id, results: [success(2)], now: 7 * millisecond, jitter: 0)
        #expect(third.sent == [[4]])
    }

    @Test func aKeyGoesOnWhenItsFirstRecordFails() throws {
        var machine = machine { $0.linger = .zero }
        let first = try put(["a", "a"], into: &machine)
        #expect(first.sent == [[1]])
        let next = machine.responded(first.batches[0].id, results: [failure(.validation)], now: 1, jitter: 0)
        #expect(next.failed[1]?.code == .refused)
        #expect(next.sent == [[2]])
    }

    @Test func aRecordBehindOneThatBacksOffWaits() throws {
        var machine = machine { $0.linger = .zero }
        let first = try put(["a", "a"], into: &machine)
        let answered = machine.responded(first.batches[0].id, results: [failure(.internalFailure)], now: 0, jitter: 1)
        #expect(answered.sent.isEmpty)
        let again = machine.tick(now: 100 * millisecond)
        #expect(again.sent == [[1]])
        let next = machine.responded(again.batches[0].id, results: [success(1)], now: second, jitter: 0)
        #expect(next.sent == [[2]])
    }

    @Test func withoutOrderAKeyFillsABatch() throws {
        var machine = machine { $0.ordering = .none }
        #expect(try put(["a", "a", "a"], into: &machine).sent == [[1, 2, 3]])
    }

    // MARK: Room

    /// A machine with room for exactly one record of the greatest size and one of 1000 bytes.
    func tightMachine() -> Machine {
        machine {
            $0.linger = .zero
            $0.maximumBufferedSizeInBytes =
                Limits.maximumRecordSizeInBytes + 1000 + 2 * ProducerRecord.bookkeepingSizeInBytes
        }
    }

    @Test func putsWaitForRoomInTheirOrder() throws {
        var machine = tightMachine()
        let great = Limits.maximumRecordSizeInBytes - 1
        let first = try put(["a"], into: &machine, size: great)
        #expect(try put(["b"], from: 2, into: &machine, size: 999).sent.isEmpty)
        let (third, _) = machine.put(try record(3, key: "c", size: great), ticket: 3, now: 0)
        let (fourth, _) = machine.put(try record(4, key: "d", size: 1), ticket: 4, now: 0)
        let waiters = [try #require(third.waiter), try #require(fourth.waiter)]
        #expect(machine.waitingCount == 2)

        let answered = machine.responded(first.batches[0].id, results: [success(1)], now: 1, jitter: 0)
        #expect(answered.admitted == [waiters[0]])  // The small one does not overtake; there is no room for both.
        #expect(answered.sent == [[2, 3]] || answered.sent == [[2]])
        let batch = try #require(answered.batches.first)
        let results = batch.entries.map { success(ticket($0)) }
        let next = machine.responded(batch.id, results: results, now: 2, jitter: 0)
        #expect(next.admitted == [waiters[1]])
        #expect(machine.waitingCount == 0)
    }

    @Test func roomIsFilledExactly() throws {
        var machine = tightMachine()
        let great = Limits.maximumRecordSizeInBytes - 1
        _ = try put(["a"], into: &machine, size: great)
        let (tooGreat, _) = machine.put(try record(2, key: "b", size: 1000), ticket: 2, now: 0)
        let waiter = try #require(tooGreat.waiter)
        #expect(machine.cancelWaiting(waiter, now: 0).0)
        #expect(!machine.cancelWaiting(waiter, now: 0).0)
        let (fits, _) = machine.put(try record(3, key: "b", size: 999), ticket: 3, now: 0)
        #expect(fits.isAccepted)
    }

    @Test func whenAWaitingPutGivesUpTheNextMayFit() throws {
        var machine = tightMachine()
        _ = try put(["a"], into: &machine, size: Limits.maximumRecordSizeInBytes - 1)
        let (second, _) = machine.put(try record(2, key: "b", size: 5000), ticket: 2, now: 0)
        let (third, _) = machine.put(try record(3, key: "c", size: 500), ticket: 3, now: 0)
        let (wasWaiting, actions) = machine.cancelWaiting(try #require(second.waiter), now: 0)
        #expect(wasWaiting)
        #expect(actions.admitted == [try #require(third.waiter)])
    }

    // MARK: Flush

    @Test func aFlushSendsWithoutLingerAndEndsWithWhatWasBefore() throws {
        var machine = machine { $0.maximumConcurrentCalls = 2 }
        _ = try put(["a", "b"], into: &machine)
        let (flush, flushing) = machine.flush(now: 1)
        #expect(flushing.sent == [[1, 2]])
        let later = try put(["c"], from: 3, into: &machine, now: 2)
        #expect(later.sent == [[3]])
        let half = machine.responded(
            flushing.batches[0].id,
            results: [success(1), failure(.validation)],
            now: 3,
            jitter: 0
        )
        #expect(half.flushed == [try #require(flush)])
        #expect(machine.incompleteCount == 1)
    }

    @Test func aFlushWaitsForRecordsThatAreSentAgain() throws {
        var machine = machine()
        _ = try put(["a"], into: &machine)
        let (flush, flushing) = machine.flush(now: 1)
        let (second, _) = machine.flush(now: 1)
        let failed = machine.requestFailed(flushing.batches[0].id, error: ServiceError(.timeout, ""), now: 2, jitter: 0)
        #expect(failed.flushed.isEmpty)
        let done = machine.responded(failed.batches[0].id, results: [success(1)], now: 3, jitter: 0)
        #expect(done.flushed == [try #require(flush), try #require(second)])
    }

    @Test func aFlushOfNothingIsDone() {
        var machine = machine()
        #expect(machine.flush(now: 0).0 == nil)
    }

    // MARK: The end

    @Test func aShutdownPutsWhatWasAccepted() throws {
        var machine = machine()
        _ = try put(["a", "a"], into: &machine)
        let ending = machine.shutDown(now: 1)
        #expect(ending.sent == [[1]])
        #expect(ending.finishes == 0)
        #expect(machine.put(try record(3), ticket: 3, now: 1).0.refusal?.code == .shutDown)
        let next = machine.responded(ending.batches[0].id, results: [success(1)], now: 2, jitter: 0)
        #expect(next.sent == [[2]])
        let end = machine.responded(next.batches[0].id, results: [success(2)], now: 3, jitter: 0)
        #expect(end.finishes == 1)
        #expect(machine.shutDown(now: 4).isEmpty)
        #expect(machine.put(try record(4), ticket: 4, now: 5).0.refusal?.code == .shutDown)
        #expect(machine.flush(now: 5).0 == nil)
    }

    @Test func aShutdownOfNothingFinishesAtOnce() {
        var machine = machine()
        #expect(machine.shutDown(now: 1).finishes == 1)
        #expect(machine.abort().isEmpty)
    }

    @Test func aShutdownAdmitsThePutsThatWait() throws {
        var machine = tightMachine()
        let great = Limits.maximumRecordSizeInBytes - 1
        let first = try put(["a"], into: &machine, size: great)
        let (second, _) = machine.put(try record(2, key: "b", size: great), ticket: 2, now: 0)
        #expect(machine.shutDown(now: 1).finishes == 0)
        let next = machine.responded(first.batches[0].id, results: [success(1)], now: 2, jitter: 0)
        #expect(next.admitted == [try #require(second.waiter)])
        #expect(next.sent == [[2]])
        #expect(machine.responded(next.batches[0].id, results: [success(2)], now: 3, jitter: 0).finishes == 1)
    }

    @Test func anAbortFailsEverything() throws {
        var machine = tightMachine()
        let great = Limits.maximumRecordSizeInBytes - 200
        let first = try put(["a", "a"], into: &machine, size: 200) + put(["b"], from: 3, into: &machine, size: 200)
        let (fourth, _) = machine.put(try record(4, key: "b", size: great + 199), ticket: 4, now: 0)
        let (flush, _) = machine.flush(now: 0)
        let end = machine.abort()
        #expect(end.failed.keys.sorted() == [1, 2, 3])
        #expect(end.failed.values.allSatisfy { $0.code == .shutDown })
        #expect(end.refused == [try #require(fourth.waiter)])
        #expect(end.flushed == [try #require(flush)])
        #expect(end.finishes == 1)
        #expect(machine.bufferedSizeInBytes == 0)
        #expect(machine.responded(first.batches[0].id, results: [success(1)], now: 1, jitter: 0).isEmpty)
        #expect(machine.tick(now: second).isEmpty)
    }
}
