import Logging
import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirModel
import WeirRuntime

@testable import WeirConsumer
@testable import WeirLeases

/// A database in memory: totals by key, and the positions of shards.
private final class MemoryStore: TransactionalStore {
    final class Transaction {
        var counts: [String: Int]
        var positions: [ShardKey: RecordPosition]

        init(counts: [String: Int], positions: [ShardKey: RecordPosition]) {
            self.counts = counts
            self.positions = positions
        }
    }

    struct CommitLost: Error {}

    private struct State {
        var counts: [String: Int] = [:]
        var positions: [ShardKey: RecordPosition] = [:]
        var transactionCount = 0
    }

    private let state = Mutex(State())
    /// Each so many commits happen, and the caller hears that they failed.
    let losingEach: Int

    init(losingEach: Int = .max) { self.losingEach = losingEach }

    var counts: [String: Int] { state.withLock(\.counts) }
    func position(_ key: ShardKey) -> RecordPosition? { state.withLock { $0.positions[key] } }

    func transaction(_ body: @Sendable (Transaction) throws -> Void) throws {
        try state.withLock { state in
            let transaction = Transaction(counts: state.counts, positions: state.positions)
            try body(transaction)
            state.counts = transaction.counts
            state.positions = transaction.positions
            state.transactionCount += 1
            if state.transactionCount % losingEach == 0 { throw CommitLost() }
        }
    }

    func position(of shard: ShardKey, in transaction: Transaction) -> RecordPosition? { transaction.positions[shard] }

    func setPosition(_ position: RecordPosition, of shard: ShardKey, in transaction: Transaction) {
        transaction.positions[shard] = position
    }
}

@Suite struct TransactionTests {
    private static let key = ShardKey(
        applicationName: "arrivals",
        streamName: "flights",
        shardID: "shardId-000000000000"
    )

    private static let context = ShardContext(
        applicationName: key.applicationName,
        streamName: key.streamName,
        shardID: key.shardID,
        leaseKey: key.shardID,
        workerID: "a",
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
        pendingCheckpoint: nil,
        checkpointer: Checkpointer(
            control: ConsumerControl(holdUntil: .max, time: SystemTime()),
            move: { _ in true },
            prepare: { _ in true }
        )
    )

    private static func batch(_ range: ClosedRange<Int>, sub: ClosedRange<Int64> = 0...0) -> RecordBatch {
        let records = range.flatMap { number in
            sub.map { sub in
                ConsumerRecord(
                    shardID: key.shardID,
                    sequenceNumber: String(number),
                    subSequenceNumber: sub,
                    partitionKey: "\(number)/\(sub)",
                    data: ByteBuffer(string: "x")
                )
            }
        }
        return RecordBatch(records[...])
    }

    private static func processor(_ store: MemoryStore) -> TransactionalProcessor<MemoryStore> {
        TransactionalProcessor(store: store) { batch, transaction, _ in
            for record in batch { transaction.counts[record.partitionKey, default: 0] += 1 }
        }
    }

    @Test func positionsAreOrderedByValue() {
        let ascending = [
            RecordPosition(sequenceNumber: "9"), RecordPosition(sequenceNumber: "9", subSequenceNumber: 1),
            RecordPosition(sequenceNumber: "10"), RecordPosition(sequenceNumber: "10", subSequenceNumber: 9),
            RecordPosition(sequenceNumber: "10", subSequenceNumber: 10),
            RecordPosition(sequenceNumber: "49590338271490256608559692538361571095921575989136588898"),
        ]
        #expect(ascending.shuffled().sorted() == ascending)
    }

    /// As two workers deliver that hold a shard for a moment both: any batches, of the same records, in any interleaving.
    @Test(arguments: 0..<50)
    func overlappingBatchesCountOnce(seed: Int) async throws {
        let store = MemoryStore()
        let processor = Self.processor(store)
        var random = SplitMix64(seed: UInt64(seed))
        var next = [1, 1]
        while min(next[0], next[1]) <= 60 {
            let worker = Int.random(in: 0..<2, using: &random)
            guard next[worker] <= 60 else { continue }
            let last = min(60, next[worker] + Int.random(in: 0..<9, using: &random))
            try await processor.process(Self.batch(next[worker]...last), Self.context)
            next[worker] = last + 1
        }
        #expect(store.counts == Dictionary(uniqueKeysWithValues: (1...60).map { ("\($0)/0", 1) }))
        #expect(store.position(Self.key) == RecordPosition(sequenceNumber: "60"))
    }

    @Test func userRecordsOfAnAggregatedOneCountOnce() async throws {
        let store = MemoryStore()
        let processor = Self.processor(store)
        try await processor.process(Self.batch(7...7, sub: 0...2), Self.context)
        try await processor.process(Self.batch(7...8, sub: 0...4), Self.context)
        #expect(store.counts.count == 10)
        #expect(store.counts.values.allSatisfy { $0 == 1 })
    }

    @Test func whatFailsIsUndone() async throws {
        struct Failure: Error {}
        let store = MemoryStore()
        let processor = TransactionalProcessor(store: store) { batch, transaction, _ in
            transaction.counts["any", default: 0] += batch.count
            if batch.contains(where: { $0.sequenceNumber == "3" }) { throw Failure() }
        }
        try await processor.process(Self.batch(1...2), Self.context)
        await #expect(throws: Failure.self) { try await processor.process(Self.batch(2...4), Self.context) }
        #expect(store.counts == ["any": 2])
        #expect(store.position(Self.key) == RecordPosition(sequenceNumber: "2"))
    }

    /// Each third commit seems to fail, and its records are delivered again; two workers are killed on the way.
    @Test func everyRecordCountsOnceThroughLostAnswersAndKilledWorkers() async throws {
        let harness = WorkerHarness(shards: 3, failoverTime: .milliseconds(200))
        let store = MemoryStore(losingEach: 3)
        let handler = RecordHandler.transactions(in: store) { batch, transaction, _ in
            for record in batch { transaction.counts[String(buffer: record.data), default: 0] += 1 }
        }
        var total = 0
        for name in ["a", "b", "c"] {
            try harness.put(total..<total + 300)
            let target = total + 150
            let worker = harness.worker(name, handler: handler) { configuration in
                configuration.maximumRecordsPerFetch = 7
                configuration.failurePolicy.maximumAttempts = 20
            }
            let task = Task { try await worker.run() }
            try await eventually("half of them took effect") { store.counts.count > target }
            if name == "c" {
                try await eventually("all took effect") { store.counts.count == 900 }
                task.cancel()
            } else {
                worker.abandon()
            }
            _ = await task.result
            total += 300
        }
        #expect(store.counts == Dictionary(uniqueKeysWithValues: (0..<900).map { (String($0), 1) }))
        #expect(harness.journal.letters.isEmpty)
    }

    /// A position behind a record of one key would pass those of other keys before it.
    @Test func keysSideBySideAreRefused() async {
        let harness = WorkerHarness(shards: 1)
        let handler = RecordHandler.transactions(in: MemoryStore()) { _, _, _ in }
        let worker = harness.worker("a", handler: handler) { $0.parallelismPerShard = 2 }
        let error = await #expect(throws: ServiceError.self) { try await worker.run() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("parallelismPerShard must be 1") == true)
    }

    @Test func aRecordThatIsGivenUpIsPassed() async throws {
        let harness = WorkerHarness(shards: 1)
        let store = MemoryStore()
        try harness.put(0..<40)
        let journal = harness.journal
        let worker = harness.worker(
            "a",
            handler: .transactions(in: store) { batch, transaction, _ in
                for record in batch {
                    if String(buffer: record.data) == "17" { throw RecordRejection("bad") }
                    transaction.counts[String(buffer: record.data), default: 0] += 1
                }
            },
            deadLetters: DeadLetterClosure { journal.note($0) }
        )
        try await harness.run(worker) { try await eventually("all but one") { store.counts.count == 39 } }
        #expect(store.counts.values.allSatisfy { $0 == 1 })
        #expect(harness.journal.letters.map(\.lastError) == ["bad"])
    }
}
