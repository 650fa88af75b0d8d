import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

@Suite struct FailureTests {
    private let stream = WorkerHarness.stream

    private struct Refusal: Error {}

    @Test func aPoisonRecordGoesToTheDeadLetterStream() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<20)
        let worker = harness.worker("a") { record, _ in
            if String(buffer: record.data) == "7" { throw RecordRejection("seven is odd") }
        }
        try await harness.run(worker) {
            try await eventually("the others") { harness.journal.entries.count == 19 }
        }
        #expect(harness.journal.data == (0..<20).filter { $0 != 7 }.map(String.init))
        let letters = try await DeadLetterReader(streamName: "arrivals-dead-letters", kinesis: harness.kinesis).list()
        let letter = try #require(letters.first)
        #expect(letters.count == 1)
        #expect(letter.application == "arrivals" && letter.stream == "flights" && letter.workerID == "a")
        #expect(letter.shardID == ShardID(0).description)
        #expect(letter.partitionKey == "key-7" && String(buffer: letter.data) == "7")
        #expect(letter.sequenceNumber == harness.kinesis.records(stream)[7].sequenceNumber)
        #expect(letter.attempts == 1 && letter.firstError == "seven is odd" && letter.lastError == "seven is odd")
        #expect(letter.approximateArrival == harness.kinesis.records(stream)[7].approximateArrivalTimestamp)
    }

    @Test func aPassingErrorIsRetried() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<5)
        let failures = Mutex(3)
        let worker = harness.worker("a") { record, _ in
            let fails = failures.withLock { left in
                guard String(buffer: record.data) == "2", left > 0 else { return false }
                left -= 1
                return true
            }
            if fails { throw Refusal() }
        }
        try await harness.run(worker) {
            try await eventually("all") { harness.journal.entries.count == 5 }
        }
        #expect(harness.journal.data == ["0", "1", "2", "3", "4"])
        #expect(harness.kinesis.shardIDs("arrivals-dead-letters") == [])
        let attempts = harness.journal.events.compactMap { event -> Int? in
            if case .recordFailed(_, _, let attempt, _) = event { attempt } else { nil }
        }
        #expect(attempts == [1, 2, 3])
    }

    @Test func aBatchIsNarrowedDownToTheBadRecord() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<100)
        let journal = harness.journal
        let handler = RecordHandler.batches { batch, _ in
            if batch.contains(where: { String(buffer: $0.data) == "42" }) { throw Refusal() }
            for record in batch { journal.note(record, "a") }
        }
        let worker = harness.worker("a", handler: handler, deadLetters: DeadLetterClosure { journal.note($0) })
        try await harness.run(worker) {
            try await eventually("the others") { journal.entries.count == 99 }
        }
        #expect(journal.data == (0..<100).filter { $0 != 42 }.map(String.init))
        #expect(journal.letters.map { String(buffer: $0.data) } == ["42"])
        #expect(journal.letters.map(\.attempts) == [5])
    }

    @Test func theCheckpointWaitsForTheDeadLetter() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<3)
        let journal = harness.journal
        let isOpen = Mutex(false)
        let tries = Mutex(0)
        let destination = DeadLetterClosure { letter in
            tries.withLock { $0 += 1 }
            guard isOpen.withLock({ $0 }) else { throw Refusal() }
            journal.note(letter)
        }
        let worker = harness.worker("a", deadLetters: destination) { record, _ in
            if String(buffer: record.data) == "1" { throw RecordRejection("no") }
        }
        try await harness.run(worker) {
            try await eventually("a failed try") { tries.withLock { $0 } > 1 }
            #expect(harness.lease(ShardID(0).description)?.checkpoint == .trimHorizon)
            #expect(journal.data == ["0"])
            isOpen.withLock { $0 = true }
            try await eventually("the rest") { journal.data == ["0", "2"] }
        }
        #expect(journal.letters.count == 1)
    }

    @Test func stopKeepsTheShardWhereItFailed() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        let worker = harness.worker("a") {
            $0.failurePolicy.onFailure = .stop
        } handle: { record, _ in
            if String(buffer: record.data) == "4" { throw Refusal() }
        }
        try await harness.run(worker) {
            try await eventually("halted") {
                harness.journal.events.contains { if case .shardHalted = $0 { true } else { false } }
            }
            let records = harness.kinesis.records(stream)
            try await eventually("checkpointed before it") {
                harness.lease(ShardID(0).description)?.checkpoint == .sequenceNumber(records[3].sequenceNumber)
            }
            #expect(harness.shares == ["a": 1])
        }
        #expect(harness.journal.data == ["0", "1", "2", "3"])
        // Another life tries again, with a better handler.
        try await harness.run(harness.worker("b")) {
            try await eventually("the rest") { harness.journal.entries.count == 10 }
        }
        #expect(harness.journal.data == (0..<10).map(String.init))
    }

    @Test func skipGoesOn() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        let worker = harness.worker("a") {
            $0.failurePolicy.onFailure = .skip
            $0.failurePolicy.maximumAttempts = 2
        } handle: { record, _ in
            if String(buffer: record.data) == "4" { throw Refusal() }
        }
        try await harness.run(worker) {
            try await eventually("the others") { harness.journal.entries.count == 9 }
        }
        #expect(harness.journal.events.contains { if case .recordSkipped = $0 { true } else { false } })
        #expect(harness.kinesis.shardIDs("arrivals-dead-letters") == [])
    }

    @Test func aHandlerThatHangsDoesNotHoldUpAShutdownForEver() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<1)
        let isRunning = Mutex(false)
        let worker = harness.worker("a") {
            $0.shutdownTimeout = .milliseconds(50)
        } handle: { _, _ in
            isRunning.withLock { $0 = true }
            try await Task.sleep(for: .seconds(3600))
        }
        try await harness.run(worker) {
            try await eventually("the handler runs") { isRunning.withLock { $0 } }
        }
        let lease = try #require(harness.lease(ShardID(0).description))
        #expect(lease.owner == nil)
        #expect(lease.checkpoint == .trimHorizon)
        #expect(harness.kinesis.shardIDs("arrivals-dead-letters") == [])
    }

    @Test func whatACancelledHandlerWasAtIsNotProcessed() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<3)
        let isRunning = Mutex(false)
        let refusals = Mutex(0)
        let worker = harness.worker("a") {
            $0.shutdownTimeout = .milliseconds(50)
        } handle: { record, context in
            guard String(buffer: record.data) == "1" else { return }
            isRunning.withLock { $0 = true }
            // It returns when it is cancelled, as if it were done.
            try? await Task.sleep(for: .seconds(3600))
            do { try await context.checkpoint(at: record) } catch { refusals.withLock { $0 += 1 } }
        }
        try await harness.run(worker) {
            try await eventually("the handler runs") { isRunning.withLock { $0 } }
        }
        #expect(refusals.withLock { $0 } == 1)
        // What was processed before it is checkpointed, and the lease is given up.
        let lease = try #require(harness.lease(ShardID(0).description))
        #expect(lease.owner == nil)
        #expect(lease.checkpoint == .sequenceNumber(harness.kinesis.records(stream)[0].sequenceNumber))
        try await harness.run(harness.worker("b")) {
            try await eventually("the rest") { harness.journal.entries.count { $0.worker == "b" } >= 2 }
        }
        #expect(harness.journal.entries.filter { $0.worker == "b" }.map(\.data) == ["1", "2"])
    }

    /// Returns from the end of its shard only when it is cancelled.
    private final class LateEnder: RecordProcessor {
        let calls = Mutex<[String]>([])

        func process(_ batch: RecordBatch, _ shard: ShardContext) async throws {}
        func leaseLost(_ shard: ShardContext) async { calls.withLock { $0.append("leaseLost") } }
        func shutdownRequested(_ shard: ShardContext) async { calls.withLock { $0.append("shutdownRequested") } }
        func shardEnded(_ shard: ShardContext) async throws {
            calls.withLock { $0.append("shardEnded") }
            try? await Task.sleep(for: .seconds(3600))
        }
    }

    @Test func aShardWhoseEndWasCancelledHasNotEnded() async throws {
        let harness = WorkerHarness(shards: 1)
        let key = ShardID(0).description
        try harness.put(0..<3)
        try harness.kinesis.split(stream, key)
        let processor = LateEnder()
        let worker = harness.worker("a", handler: .processors { _ in processor }) {
            $0.shutdownTimeout = .milliseconds(50)
        }
        try await harness.run(worker) {
            try await eventually("the end") { processor.calls.withLock { $0 } == ["shardEnded"] }
        }
        #expect(harness.lease(key)?.isEnded == false)
        #expect(harness.lease(key)?.owner == nil)
        // The lease was held all the time: it was not lost.
        #expect(processor.calls.withLock { $0 } == ["shardEnded", "shutdownRequested"])
        #expect(!harness.journal.events.contains { if case .leaseLost = $0 { true } else { false } })
    }
}
