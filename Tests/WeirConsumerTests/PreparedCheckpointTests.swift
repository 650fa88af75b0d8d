import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

/// Checkpoints in two phases, by workers with real consumers.
@Suite struct PreparedCheckpointTests {
    private let shard = ShardID(0).description

    /// What a test does with the shard when a worker begins it, and with each batch.
    private struct Processor: RecordProcessor {
        var begin: @Sendable (ShardContext) async throws -> Void = { _ in }
        let handle: @Sendable (RecordBatch, ShardContext) async throws -> Void

        func initialize(_ shard: ShardContext) async throws { try await begin(shard) }
        func process(_ batch: RecordBatch, _ shard: ShardContext) async throws { try await handle(batch, shard) }
    }

    private func worker(_ id: String, _ harness: WorkerHarness, _ processor: Processor) -> ConsumerWorker {
        harness.worker(id, handler: .processors { _ in processor }) { configuration in
            configuration.checkpoints = .manual
            configuration.maximumRecordsPerFetch = 10
        }
    }

    /// A worker prepares a checkpoint at the seventh record, with a state, and ends before it commits it.
    private func prepare(_ harness: WorkerHarness) async throws {
        let journal = harness.journal
        let first = worker(
            "a",
            harness,
            Processor { batch, shard in
                for record in batch { journal.note(record, "a") }
                try await shard.checkpoint(at: batch[batch.startIndex + 2])
                let prepared = try await shard.prepareCheckpoint(
                    at: batch[batch.startIndex + 6],
                    state: ByteBuffer(string: "7")
                )
                #expect(prepared.state == ByteBuffer(string: "7"))
            }
        )
        try await harness.run(first) {
            try await eventually("prepared") {
                harness.journal.events.contains { if case .checkpointPrepared = $0 { true } else { false } }
            }
        }
        let lease = try #require(harness.lease(shard))
        let numbers = harness.journal.entries.map(\.sequenceNumber)
        #expect(lease.checkpoint == .sequenceNumber(numbers[2]))
        #expect(
            lease.pendingCheckpoint == PendingCheckpoint(.sequenceNumber(numbers[6]), state: Array("7".utf8))
        )
    }

    @Test(arguments: [false, true])
    func theNextWorkerIsToldAndMayCommitBeforeItBegins(commits: Bool) async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        try await prepare(harness)
        let told = Mutex<[String]>([])
        let journal = harness.journal
        let second = worker(
            "b",
            harness,
            Processor { shard in
                told.withLock { $0.append(shard.pendingCheckpoint?.state.map { String(buffer: $0) } ?? "nothing") }
                if commits { try await shard.pendingCheckpoint?.commit() }
            } handle: { batch, shard in
                for record in batch { journal.note(record, "b") }
                if let last = batch.last { try await shard.checkpoint(at: last) }
            }
        )
        try await harness.run(second) {
            try await eventually("the rest") { harness.journal.data.last == "9" && harness.journal.entries.count > 10 }
        }
        #expect(told.withLock { $0 } == ["7"])
        let read = harness.journal.entries.filter { $0.worker == "b" }.map(\.data)
        #expect(read == (commits ? 7..<10 : 3..<10).map(String.init))
        // The last checkpoint has passed it, and nothing is left of it in the item.
        #expect(harness.lease(shard)?.pendingCheckpoint == nil)
        let item = try #require(harness.dynamoDB.items(WorkerHarness.application).first)
        #expect(item.keys.filter { $0.hasPrefix("pending") } == [])
    }

    /// Those of the preparation and of the commit, each settled by a read.
    @Test func lostAnswersAreMadeUpFor() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<1)
        let isDone = Mutex(false)
        let failures = Mutex(0)
        harness.dynamoDB.loseAnswers { action in
            // That of the first one, the take, comes.
            action == "UpdateItem"
                && failures.withLock { failures in
                    failures += 1
                    return failures > 1
                }
        }
        let only = worker(
            "a",
            harness,
            Processor { batch, shard in
                let record = batch[batch.startIndex]
                let prepared = try await shard.prepareCheckpoint(at: record)
                try await prepared.commit()
                isDone.withLock { $0 = true }
            }
        )
        try await harness.run(only) {
            try await eventually("committed") { isDone.withLock { $0 } }
        }
        #expect(failures.withLock { $0 } >= 3)
        let last = try #require(harness.kinesis.records(WorkerHarness.stream, shard: shard).last)
        #expect(harness.lease(shard)?.checkpoint == .sequenceNumber(last.sequenceNumber))
        #expect(!harness.journal.events.contains { if case .leaseLost = $0 { true } else { false } })
    }

    @Test func aStateAtItsLimitIsKeptAndALargerOneRefused() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<1)
        let largest = ByteBuffer(repeating: 7, count: Limits.maximumCheckpointStateSizeInBytes)
        let errors = Mutex<[CheckpointError]>([])
        let only = worker(
            "a",
            harness,
            Processor { batch, shard in
                let record = batch[batch.startIndex]
                _ = try await shard.prepareCheckpoint(at: record, state: largest)
                do {
                    var tooLarge = largest
                    tooLarge.writeInteger(UInt8(7))
                    _ = try await shard.prepareCheckpoint(at: record, state: tooLarge)
                } catch let error as CheckpointError {
                    errors.withLock { $0.append(error) }
                }
            }
        )
        try await harness.run(only) {
            try await eventually("refused") { !errors.withLock { $0.isEmpty } }
        }
        #expect(errors.withLock { $0.map(\.reason) } == [.stateTooLarge])
        #expect(harness.lease(shard)?.pendingCheckpoint?.state == Array(buffer: largest))
    }

    /// The end of a shard that a Java worker prepared is not committed without reading to it.
    @Test func aPreparedEndIsReadTo() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<3)
        let pending = PendingCheckpoint(.shardEnd, state: [1])
        try harness.dynamoDB.change(WorkerHarness.application) { table in
            let lease = Lease(key: shard, checkpoint: .trimHorizon, pendingCheckpoint: pending, hashKeyRange: .all)
            try table.put(LeaseTable(name: WorkerHarness.application).create(lease))
        }
        let journal = harness.journal
        let only = worker(
            "a",
            harness,
            Processor { shard in
                #expect(shard.pendingCheckpoint?.checkpoint == (shard.shardID == self.shard ? .shardEnd : nil))
                try await shard.pendingCheckpoint?.commit()
            } handle: { batch, _ in
                for record in batch { journal.note(record, "a") }
            }
        )
        try await harness.run(only) {
            try await eventually("all") { harness.journal.entries.count == 3 }
            #expect(harness.lease(shard)?.isEnded == false)
            try harness.kinesis.split(WorkerHarness.stream, shard)
            try await eventually("ended") { harness.lease(shard)?.isEnded == true }
        }
        #expect(harness.lease(shard)?.pendingCheckpoint == nil)
    }
}
