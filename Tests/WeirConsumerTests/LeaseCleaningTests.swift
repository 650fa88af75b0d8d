import CoreMetrics
import Logging
import MetricsTestKit
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel

@testable import WeirConsumer

/// What workers do about leases that nobody needs, and what they ask of the table.
@Suite struct LeaseCleaningTests {
    private let stream = WorkerHarness.stream
    private let shard = ShardID(0).description

    private func worker(_ id: String, _ harness: WorkerHarness) -> ConsumerWorker {
        harness.worker(id) { $0.shardSyncInterval = .milliseconds(100) }
    }

    @Test func theLeaseOfAParentGoesOnceItsChildrenAreReadAndDoesNotComeBack() async throws {
        let harness = WorkerHarness(shards: 1, failoverTime: .milliseconds(500))
        try harness.put(0..<20)
        try await harness.run(worker("a", harness)) {
            try await eventually("the parent") { harness.journal.entries.count == 20 }
            try harness.kinesis.split(stream, shard)
            try await eventually("ended") { harness.lease(shard)?.isEnded == true }
            // The children are idle: their parent's lease stays, whatever the time. This is their first record.
            let children = harness.kinesis.shardIDs(stream, openOnly: true)
            #expect(harness.leases.count == 3)
            try harness.put(20..<60)
            try await eventually("the children") { harness.journal.entries.count == 60 }
            try await eventually("gone") { harness.lease(shard) == nil }
            #expect(Set(harness.leases.map(\.key)) == Set(children))
        }
        // Whoever comes later does not make it again, although the stream lists the shard.
        #expect(harness.kinesis.shardIDs(stream).contains(shard))
        try await harness.run(worker("b", harness)) {
            try await harness.reading("b")
            try harness.put(60..<80)
            try await eventually("the rest") { Set(harness.journal.data).count == 80 }
        }
        #expect(harness.lease(shard) == nil)
        #expect(!harness.journal.entries.contains { $0.worker == "b" && $0.shard == shard })
        harness.expectComplete(80)
    }

    @Test func aLeaseThatIsNoShardsGoesAndAHoleIsTold() async throws {
        let harness = WorkerHarness(shards: 2, failoverTime: .milliseconds(500))
        let table = LeaseTable(name: WorkerHarness.application)
        try harness.dynamoDB.change(WorkerHarness.application) { items in
            try items.put(table.create(Lease(key: "nobody's", checkpoint: .trimHorizon)))
            // Somebody has ended an open shard.
            try items.put(table.create(Lease(key: shard, checkpoint: .shardEnd)))
        }
        let hole = HashKeyRange.uniform(count: 2)[0]
        try await harness.run(worker("a", harness)) {
            try await eventually("told") {
                harness.journal.events.contains(.hashKeysUncovered(stream: stream, [hole]))
            }
            try await eventually("deleted") { harness.lease("nobody's") == nil }
            // It is put right by hand: without a lease the shard is read from the beginning.
            try harness.dynamoDB.change(WorkerHarness.application) { items in try items.delete(table.delete(shard)) }
            try await eventually("whole again") {
                harness.journal.events.contains(.hashKeysUncovered(stream: stream, []))
            }
        }
    }

    @Test func whatIsAskedOfTheTableAtRestIsWhatTheDocumentsSay() async throws {
        let metrics = TestMetrics()
        let harness = WorkerHarness(shards: 4, failoverTime: .seconds(1))
        let uses = Mutex<[(use: LeaseTableUse, duration: Duration)]>([])
        var configuration = harness.configuration("a")
        configuration.shardSyncInterval = .seconds(1)
        let worker = ConsumerWorker(
            configuration: configuration,
            kinesis: harness.kinesis,
            leaseTable: harness.dynamoDB,
            handler: .records { _, _ in },
            metricsFactory: metrics,
            onEvent: { event in
                if case .leaseTableUsed(let use, let duration) = event { uses.withLock { $0.append((use, duration)) } }
            },
            logger: .init(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        try await harness.run(worker) {
            try await eventually("three times") { uses.withLock { $0.count >= 3 } }
        }
        // At rest: the first interval is that of the start. A busy machine makes fewer calls, never more.
        for (use, duration) in uses.withLock({ $0 }).dropFirst() {
            let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
            #expect(Double(use.writes) <= 4 * (3 * seconds + 1))
            #expect(Double(use.scans) <= 4 * seconds + 1 + seconds + 1)
            #expect(use.scannedItems == 4 * use.scans)
            #expect(use.refusedWrites == 0 && use.failures == 0)
        }
        let total = worker.leaseTableUse
        // Four made, four taken, four given up.
        #expect(total.writes >= 12)
        for (name, count) in [("writes", total.writes), ("scans", total.scans), ("reads", total.reads)] {
            let counter = try metrics.expectCounter("weir.consumer.lease_table.\(name)", [("application", "arrivals")])
            #expect(counter.totalValue == Int64(count))
        }
    }
}
