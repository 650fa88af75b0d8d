import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

@Suite struct ShardConsumerTests {
    private let stream = WorkerHarness.stream
    private let shard = ShardID(0).description

    @Test func aCheckpointAfterTheLossOfTheLeaseIsRefused() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<1)
        let isOpen = Mutex(false)
        let refused = Mutex(false)
        let worker = harness.worker("a") { record, context in
            // Not cancelled by the loss: this handler does not listen.
            while !isOpen.withLock({ $0 }) { await Task.yield() }
            do { try await context.checkpoint(at: record) } catch { refused.withLock { $0 = true } }
        }
        try await harness.run(worker) {
            try await eventually("held") { harness.shares == ["a": 1] }
            try harness.dynamoDB.change(WorkerHarness.application) { table in
                let lease = try #require(harness.lease(shard, in: table))
                let write = LeaseWrite(.take(worker: "thief"), of: lease, decidedAt: 0)
                try table.update(LeaseTable(name: WorkerHarness.application).request(write))
            }
            isOpen.withLock { $0 = true }
            try await eventually("refused") { refused.withLock { $0 } }
            try await eventually("noticed") {
                harness.journal.events.contains(.leaseLost(shardID: shard, reason: .taken(by: "thief")))
            }
            #expect(harness.lease(shard)?.checkpoint == .trimHorizon)
            #expect(harness.lease(shard)?.owner == "thief")
        }
        #expect(harness.lease(shard)?.owner == "thief")
    }

    @Test func theLossOfTheTableStopsTheHandlersInTime() async throws {
        let harness = WorkerHarness(shards: 1, failoverTime: .seconds(3))
        try harness.put(0..<1)
        let cancelled = Mutex(0)
        let worker = harness.worker("a") {
            $0.shutdownTimeout = .milliseconds(50)
        } handle: { _, _ in
            do { try await Task.sleep(for: .seconds(3600)) } catch {
                cancelled.withLock { $0 += 1 }
                throw error
            }
        }
        try await harness.run(worker) {
            try await eventually("held") {
                harness.journal.events.contains { if case .shardStarted = $0 { true } else { false } }
            }
            harness.dynamoDB.fail { _ in ServiceError(.connectionFailure, "gone") }
            try await eventually("fenced") {
                harness.journal.events.contains(.leaseLost(shardID: shard, reason: .notRenewed))
            }
            try await eventually("cancelled") { cancelled.withLock { $0 } >= 1 }
            harness.dynamoDB.fail(nil)
            try await eventually("resumed") {
                harness.journal.events.contains(.leaseTaken(shardID: shard, from: "a", how: .resumed))
            }
        }
        // Being cancelled is no failure of the record.
        #expect(!harness.journal.events.contains { if case .recordFailed = $0 { true } else { false } })
    }

    @Test func aStreamThatIsDeletedIsNoEndOfItsShards() async throws {
        let harness = WorkerHarness(shards: 2)
        try harness.put(0..<10)
        try await harness.run(harness.worker("a")) {
            try await eventually("all") { harness.journal.entries.count == 10 }
            harness.kinesis.deleteStream(stream)
            try await eventually("reported") {
                let missing = harness.journal.events.filter { if case .streamMissing = $0 { true } else { false } }
                return missing.count == 2
            }
            #expect(harness.leases.allSatisfy { !$0.isEnded && $0.owner == "a" })
        }
        #expect(harness.leases.allSatisfy { !$0.isEnded })
    }

    /// The leases of the old one say that its first shard has ended, which the new one has too.
    @Test(arguments: [InitialPosition.latest, .trimHorizon], [nil, ServiceError.Code.accessDenied])
    func aStreamThatIsMadeAgainIsANewOne(from position: InitialPosition, refusal: ServiceError.Code?) async throws {
        let harness = WorkerHarness(shards: 1)
        let worker = harness.worker("a") { configuration in
            configuration.initialPosition = position
            configuration.shardSyncInterval = .milliseconds(20)
        }
        let listings = Mutex(0)
        harness.kinesis.fail { action in
            if action == "ListShards" { listings.withLock { $0 += 1 } }
            return action == "DescribeStreamSummary" ? refusal.map { ServiceError($0, "") } : nil
        }
        try await harness.run(worker) {
            try await harness.reading("a")
            try harness.put(0..<10)
            try harness.kinesis.split(stream, shard)
            try harness.put(10..<30)
            try await eventually("the old one") { harness.journal.entries.count == 30 }
            try await eventually("its first shard has ended") { harness.lease(shard)?.isEnded ?? false }
            harness.kinesis.deleteStream(stream)
            harness.kinesis.createStream(stream, shardCount: 1)
            try harness.put(30..<60)
            if refusal == nil {
                try await eventually("the new one, from its first record") { harness.journal.entries.count == 60 }
            } else {
                // Whoever may not ask does not notice, however often shards and leases are compared.
                let before = listings.withLock { $0 }
                try await eventually("comparisons") { listings.withLock { $0 } > before + 3 }
                #expect(harness.lease(shard)?.isEnded == true)
            }
        }
        if refusal == nil {
            harness.expectComplete(60)
            #expect(harness.leases.map(\.key) == [shard])
        }
    }

    @Test func aShardThatAgedOutIsReportedAndPassed() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        try harness.kinesis.split(stream, shard)
        let worker = harness.worker("a")
        // The lease is there, and the shard is gone before it is read.
        _ = try harness.dynamoDB.change(WorkerHarness.application) { table in
            let lease = Lease(key: shard, checkpoint: .trimHorizon)
            try table.put(LeaseTable(name: WorkerHarness.application).create(lease))
        }
        harness.kinesis.removeShard(stream, shard)
        try harness.put(10..<30)
        try await harness.run(worker) {
            try await eventually("the children") { harness.journal.entries.count == 20 }
        }
        let expired = WorkerEvent.positionExpired(shardID: shard, checkpoint: .trimHorizon, next: nil)
        let ended = WorkerEvent.checkpointed(shardID: shard, .shardEnd)
        let events = harness.journal.events
        // Only then do its children begin.
        let order = [expired, ended, .shardStarted(shardID: ShardID(1).description, checkpoint: .trimHorizon)]
        #expect(order.compactMap { events.firstIndex(of: $0) }.sorted() == order.map { events.firstIndex(of: $0) })
        #expect(Set(events).isSuperset(of: order))
    }

    @Test func recordsThatAgedOutAreReported() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        try await harness.run(harness.worker("a")) {
            try await eventually("the first ten") { harness.journal.entries.count == 10 }
        }
        try harness.put(10..<20)
        harness.kinesis.trim(stream, shard, count: 15)
        try await harness.run(harness.worker("b")) {
            try await eventually("the rest") { harness.journal.entries.count == 15 }
        }
        let records = harness.kinesis.records(stream)
        let expected = WorkerEvent.positionExpired(
            shardID: shard,
            checkpoint: .sequenceNumber(records[9].sequenceNumber),
            next: records[15].sequenceNumber
        )
        #expect(harness.journal.events.contains(expected))
    }

    @Test func readingGoesOnAfterExpiredIterators() async throws {
        let harness = WorkerHarness(shards: 2)
        try await harness.run(harness.worker("a", configure: { $0.maximumRecordsPerFetch = 3 })) {
            for round in 0..<10 {
                try harness.put(round * 10..<round * 10 + 10)
                harness.kinesis.expireIterators()
                try await eventually("round \(round)") { harness.journal.entries.count == round * 10 + 10 }
            }
        }
        harness.expectComplete(100)
        #expect(harness.journal.entries.count == 100)
    }

    @Test(arguments: [
        ServiceError.Code.provisionedThroughputExceeded, .internalFailure, .connectionFailure, .accessDenied,
    ])
    func readingGoesOnAfterErrors(code: ServiceError.Code) async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        let failures = Mutex(2)
        harness.kinesis.fail { action in
            let fails = failures.withLock { left in
                guard action == "GetRecords" || action == "GetShardIterator", left > 0 else { return false }
                left -= 1
                return true
            }
            return fails ? ServiceError(code, "test") : nil
        }
        try await harness.run(harness.worker("a")) {
            try await eventually("all") { harness.journal.entries.count == 10 }
        }
        #expect(harness.journal.entries.count == 10)
    }

    @Test func manualCheckpointsAreTheHandlers() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        let worker = harness.worker("a") {
            $0.checkpoints = .manual
        } handle: { record, context in
            if String(buffer: record.data) == "5" { try await context.checkpoint(at: record) }
        }
        try await harness.run(worker) {
            try await eventually("all") { harness.journal.entries.count == 10 }
        }
        let fifth = harness.kinesis.records(stream)[5].sequenceNumber
        #expect(harness.lease(shard)?.checkpoint == .sequenceNumber(fifth))
    }

    @Test func longBatchesAreCheckpointedOnTheWay() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        let worker = harness.worker("a") {
            $0.checkpoints = .automatic(interval: .zero)
        } handle: { record, _ in
            guard String(buffer: record.data) == "9" else { return }
            let eighth = harness.kinesis.records(WorkerHarness.stream)[8].sequenceNumber
            try await eventually("the checkpoint before") {
                harness.lease(ShardID(0).description)?.checkpoint == .sequenceNumber(eighth)
            }
        }
        try await harness.run(worker) {
            try await eventually("all") { harness.journal.entries.count == 10 }
        }
    }

    private final class Recorder: RecordProcessor {
        let calls: Mutex<[String]>
        init() { calls = Mutex([]) }

        func note(_ call: String) { calls.withLock { $0.append(call) } }
        func initialize(_ shard: ShardContext) async throws {
            note("initialize")
            if calls.withLock({ $0.count }) == 1 { throw RecordRejection("not yet") }
        }
        func process(_ batch: RecordBatch, _ shard: ShardContext) async throws { note("process \(batch.count)") }
        func leaseLost(_ shard: ShardContext) async { note("leaseLost") }
        func shardEnded(_ shard: ShardContext) async throws { note("shardEnded") }
        func shutdownRequested(_ shard: ShardContext) async { note("shutdownRequested") }
    }

    @Test func aProcessorIsToldOfTheShardsLife() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        try harness.kinesis.split(stream, shard)
        let recorders = Mutex<[String: Recorder]>([:])
        let handler = RecordHandler.processors { context in
            let recorder = Recorder()
            recorders.withLock { $0[context.shardID] = recorder }
            return recorder
        }
        try await harness.run(harness.worker("a", handler: handler)) {
            try await eventually("the children") {
                recorders.withLock { recorders in
                    recorders.count == 3
                        && recorders.values.allSatisfy {
                            $0.calls.withLock { $0.filter { $0 == "initialize" } }.count == 2
                        }
                }
            }
        }
        let calls = recorders.withLock { $0.mapValues { $0.calls.withLock { $0 } } }
        #expect(calls[shard] == ["initialize", "initialize", "process 10", "shardEnded"])
        #expect(calls[ShardID(1).description] == ["initialize", "initialize", "shutdownRequested"])
    }
}

extension WorkerHarness {
    func lease(_ key: String, in table: MemoryTable) -> Lease? {
        table.item(["leaseKey": .string(key)]).flatMap { Lease(item: $0) }
    }
}
