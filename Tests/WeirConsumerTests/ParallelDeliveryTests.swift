import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

/// Workers that process records of one shard side by side.
@Suite struct ParallelDeliveryTests {
    private let stream = WorkerHarness.stream
    private let shard = ShardID(0).description

    @Test func everyKeyIsProcessedInOrder() async throws {
        let harness = WorkerHarness(shards: 2)
        try harness.put(0..<200)
        let running = Mutex((now: 0, most: 0))
        let worker = harness.worker("a") {
            $0.parallelismPerShard = 4
            $0.maximumRecordsPerFetch = 30
        } handle: { record, _ in
            running.withLock { running in
                running.now += 1
                running.most = max(running.most, running.now)
            }
            try await Task.sleep(for: .microseconds(Int64(record.data.readableBytesView.last ?? 0) * 20))
            running.withLock { $0.now -= 1 }
        }
        try await harness.run(worker) {
            try await eventually("all") { harness.journal.entries.count == 200 }
        }
        harness.expectComplete(200)
        #expect(harness.journal.entries.count == 200)
        let most = running.withLock { $0.most }
        #expect(most > 2 && most <= 8)
        for lease in harness.leases {
            let last = harness.kinesis.records(stream, shard: lease.key).last?.sequenceNumber
            #expect(lease.checkpoint == last.map { .sequenceNumber($0) } ?? .trimHorizon)
        }
    }

    @Test func theCheckpointWaitsForTheSlowest() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<40)
        let isFree = Mutex(false)
        let worker = harness.worker("a") {
            $0.parallelismPerShard = 2
            $0.checkpoints = .automatic(interval: .zero)
        } handle: { record, _ in
            if String(buffer: record.data) == "3" { try await eventually("free") { isFree.withLock { $0 } } }
        }
        let records = harness.kinesis.records(stream)
        try await harness.run(worker) {
            // All but the slow one and the other of its key.
            try await eventually("the others") { harness.journal.entries.count == 38 }
            #expect(harness.lease(shard)?.checkpoint ?? .latest <= .sequenceNumber(records[2].sequenceNumber))
            isFree.withLock { $0 = true }
            try await eventually("all") { harness.journal.entries.count == 40 }
        }
        #expect(harness.lease(shard)?.checkpoint == .sequenceNumber(records[39].sequenceNumber))
        harness.expectComplete(40)
    }

    @Test func whatWasInHandAtAKillComesAgainAndNothingIsLost() async throws {
        let harness = WorkerHarness(shards: 1, failoverTime: .seconds(2))
        try harness.put(0..<100)
        let worker = harness.worker("a") {
            $0.parallelismPerShard = 4
            $0.checkpoints = .automatic(interval: .zero)
        } handle: { record, _ in
            if String(buffer: record.data) == "30" { try await Task.sleep(for: .seconds(3600)) }
        }
        let task = Task { try await worker.run() }
        try await eventually("the others") { harness.journal.entries.count > 60 }
        worker.abandon()
        _ = await task.result
        try await harness.run(harness.worker("b")) {
            try await eventually("all") { Set(harness.journal.data).count == 100 }
        }
        harness.expectComplete(100)
    }

    @Test func aShutdownFinishesWhatIsInHand() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<100)
        let isFree = Mutex(false)
        let worker = harness.worker("a", configure: { $0.parallelismPerShard = 4 }) { record, _ in
            // The first of its key; four more of it come before the last of the others.
            guard String(buffer: record.data) == "0" else { return }
            try await eventually("free") { isFree.withLock { $0 } }
        }
        let task = Task { try await worker.run() }
        try await eventually("the others") { harness.journal.entries.count == 95 }
        task.cancel()
        isFree.withLock { $0 = true }
        try await task.value
        #expect(harness.lease(shard)?.owner == nil)
        // What it left behind was finished too, so that nothing comes again.
        #expect(Set(harness.journal.data).count == 100)
        try harness.put(100..<101)
        try await harness.run(harness.worker("b")) {
            try await eventually("the new one") { harness.journal.data.last == "100" }
        }
        #expect(harness.journal.entries.count == 101)
    }

    @Test func poisonIsIsolatedAndStopStops() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<100)
        let journal = harness.journal
        let handler = RecordHandler.batches { batch, _ in
            if batch.contains(where: { String(buffer: $0.data) == "42" }) { throw RecordRejection("no") }
            for record in batch { journal.note(record, "a") }
        }
        let worker = harness.worker("a", handler: handler, deadLetters: DeadLetterClosure { journal.note($0) }) {
            $0.parallelismPerShard = 3
        }
        try await harness.run(worker) {
            try await eventually("the others") { journal.entries.count == 99 }
        }
        #expect(journal.letters.map { String(buffer: $0.data) } == ["42"])

        let other = WorkerHarness(shards: 1)
        try other.put(0..<100)
        let stopping = other.worker("a") {
            $0.parallelismPerShard = 3
            $0.failurePolicy.onFailure = .stop
        } handle: { record, _ in
            if String(buffer: record.data) == "42" { throw RecordRejection("no") }
        }
        try await other.run(stopping) {
            try await eventually("halted") {
                other.journal.events.contains { if case .shardHalted = $0 { true } else { false } }
            }
        }
        #expect(!other.journal.data.contains("42"))
        let bad = other.kinesis.records(stream)[42].sequenceNumber
        #expect(other.lease(shard).map { $0.checkpoint < .sequenceNumber(bad) } == true)
        try await other.run(other.worker("b")) {
            try await eventually("the rest") { Set(other.journal.data).count == 100 }
        }
        other.expectComplete(100)
    }

    @Test func splitsAreFollowedInOrder() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<100)
        try harness.kinesis.split(stream, shard)
        try harness.put(100..<200)
        try await harness.run(harness.worker("a", configure: { $0.parallelismPerShard = 8 })) {
            try await eventually("all") { harness.journal.entries.count == 200 }
        }
        harness.expectComplete(200)
        let shards = harness.journal.entries.map(\.shard)
        #expect(shards.lastIndex(of: shard) ?? 0 < 100)
        #expect(harness.lease(shard)?.isEnded == true)
    }
}
