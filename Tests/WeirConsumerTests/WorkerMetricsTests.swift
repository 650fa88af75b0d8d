import CoreMetrics
import Foundation
import MetricsTestKit
import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel

@testable import WeirConsumer

/// What workers count, against what they did.
@Suite struct WorkerMetricsTests {
    private struct Refusal: Error {}

    private static let dimensions = [("application", "arrivals"), ("stream", "flights")]

    private func total(_ metrics: TestMetrics, _ name: String) -> Int64 {
        metrics.counterTotal(label: "weir.consumer.\(name)", dimensions: Self.dimensions)
    }

    private func counts(_ metrics: TestMetrics, _ names: [String]) -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, total(metrics, $0)) })
    }

    /// A worker that fails on record 7 always, and on record 3 at first.
    private func worker(
        _ id: String,
        _ harness: WorkerHarness,
        _ metrics: TestMetrics,
        deadLetters: (any DeadLetterDestination)? = nil,
        configure: (inout ConsumerWorker.Configuration) -> Void = { _ in }
    ) -> ConsumerWorker {
        let hasFailed = Mutex(false)
        let journal = harness.journal
        return harness.worker(
            id,
            handler: .records { record, _ in
                switch String(buffer: record.data) {
                case "7": throw Refusal()
                case "3":
                    let fails = hasFailed.withLock { hasFailed in
                        defer { hasFailed = true }
                        return !hasFailed
                    }
                    if fails { throw Refusal() }
                default: break
                }
                journal.note(record, id)
            },
            deadLetters: deadLetters,
            metrics: metrics
        ) {
            $0.failurePolicy.maximumAttempts = 3
            configure(&$0)
        }
    }

    @Test func poisonAndRetriesAreCounted() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<20)
        let metrics = TestMetrics()
        let refusals = Mutex(2)
        let letters = DeadLetterClosure { letter in
            let isRefused = refusals.withLock { left in
                left -= 1
                return left >= 0
            }
            if isRefused { throw Refusal() }
            harness.journal.note(letter)
        }
        try await harness.run(worker("a", harness, metrics, deadLetters: letters)) {
            try await eventually("the others") { harness.journal.entries.count == 19 }
        }
        let names = ["records", "bytes", "failures", "retries", "dead_letters", "dead_letters.failures"]
        #expect(
            counts(metrics, names) == [
                // Of 7 three calls failed and of 3 one; the second and third, and the second, were retries.
                "records": 19, "bytes": 29, "failures": 4, "retries": 3, "dead_letters": 1, "dead_letters.failures": 2,
            ]
        )
        #expect(
            counts(metrics, ["records.skipped", "shards.halted", "leases.lost", "checkpoint.failures"]).values
                .allSatisfy { $0 == 0 }
        )
        #expect(try metrics.expectTimer("weir.consumer.processing.time", Self.dimensions).values.count == 19)
        #expect(try !metrics.expectTimer("weir.consumer.checkpoint.time", Self.dimensions).values.isEmpty)
        #expect(total(metrics, "reads") > 0)
        #expect(try metrics.expectRecorder("weir.consumer.millis_behind_latest", Self.dimensions).values.contains(0))
        // At the end it holds none.
        #expect(total(metrics, "leases.taken") == 1 && total(metrics, "leases.released") == 1)
        #expect(try metrics.expectGauge("weir.consumer.leases.held", Self.dimensions).lastValue == 0)
    }

    @Test func aBatchThatIsNarrowedDownIsHandedOverAgain() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<8)
        let metrics = TestMetrics()
        let worker = harness.worker(
            "a",
            handler: .batches { batch, _ in
                for record in batch where String(buffer: record.data) == "7" { throw RecordRejection("seven") }
                for record in batch { harness.journal.note(record, "a") }
            },
            metrics: metrics
        ) { $0.failurePolicy.onFailure = .skip }
        try await harness.run(worker) {
            try await eventually("the others") { harness.journal.entries.count == 7 }
            try await eventually("skipped") { total(metrics, "records.skipped") == 1 }
        }
        // All eight; then 0-3, 4-7, 4-5, 6-7, 6 and 7.
        #expect(counts(metrics, ["records", "failures", "retries"]) == ["records": 7, "failures": 4, "retries": 6])
    }

    @Test func aShardThatIsStoppedIsCounted() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<20)
        let metrics = TestMetrics()
        try await harness.run(worker("a", harness, metrics, configure: { $0.failurePolicy.onFailure = .stop })) {
            try await eventually("stopped") { total(metrics, "shards.halted") == 1 }
        }
        #expect(total(metrics, "records") == 7)
    }

    @Test func leasesThatMoveAreCountedOnBothSides() async throws {
        let harness = WorkerHarness(shards: 4)
        let (first, second) = (TestMetrics(), TestMetrics())
        try await harness.run(worker("a", harness, first)) {
            try await eventually("a has all") { harness.shares["a"] == 4 }
            try await harness.run(worker("b", harness, second)) {
                try await eventually("both have two") { harness.shares == ["a": 2, "b": 2] }
                try await eventually("b knows it") { total(second, "leases.taken") == 2 }
                #expect(try second.expectGauge("weir.consumer.leases.held", Self.dimensions).lastValue == 2)
                #expect(total(second, "leases.requested") >= 2)
                #expect(total(second, "leases.received") == 2)
                #expect(total(second, "leases.stolen") == 0)
                #expect(total(first, "leases.handed_over") == 2)
                #expect(total(first, "leases.lost") == 0)
            }
            #expect(total(second, "leases.released") == 2)
            try harness.kinesis.split(WorkerHarness.stream, ShardID(0).description)
            try await eventually("the end of a shard") { total(first, "shards.ended") == 1 }
        }
    }

    @Test func fetchesThatFailAreCounted() async throws {
        let harness = WorkerHarness(shards: 1)
        let metrics = TestMetrics()
        let calls = Mutex(0)
        harness.kinesis.fail { action in
            guard action == "GetRecords" else { return nil }
            let number = calls.withLock { calls in
                calls += 1
                return calls
            }
            return switch number {
            case 1: ServiceError(.provisionedThroughputExceeded, "slow down")
            case 2: ServiceError(.internalFailure, "broken")
            default: nil
            }
        }
        try await harness.run(worker("a", harness, metrics)) {
            try await eventually("a fetch") { total(metrics, "reads") >= 1 }
        }
        #expect(counts(metrics, ["reads.throttled", "reads.failures"]) == ["reads.throttled": 1, "reads.failures": 1])
    }

    @Test func shardsHaveMetricsOfTheirOwnWhereThatIsAskedFor() async throws {
        let harness = WorkerHarness(shards: 2)
        try harness.put(0..<20)
        let metrics = TestMetrics()
        try await harness.run(worker("a", harness, metrics, configure: { $0.metricsLevel = .shard })) {
            try await eventually("the others") { harness.journal.entries.count == 19 }
            let records = (0..<2).map { shard in
                metrics.counterTotal(
                    label: "weir.consumer.shard.records",
                    dimensions: Self.dimensions + [("shard", ShardID(shard).description)]
                )
            }
            try await eventually("counted") { total(metrics, "records") == 19 }
            #expect(records.allSatisfy { $0 > 0 })
        }
        // Whoever reads a shard no more has no series of it.
        #expect(metrics.counters(label: "weir.consumer.shard.records").isEmpty)
        #expect(total(metrics, "records") == 19)
    }

    /// Nothing is told apart by more than the application and the stream, and everything is in the document.
    @Test func everyMetricIsKnown() throws {
        let factory = LabelFactory()
        let metrics = WorkerMetrics(factory: factory, application: "arrivals", stream: "flights", level: .shard)
        let dynamoDB = MemoryDynamoDB()
        _ = MeteredDynamoDB(dynamoDB, application: "arrivals", factory: factory)
        #expect(factory.made.allSatisfy { $0.value.isSubset(of: ["application", "stream"]) })
        #expect(factory.made["weir.consumer.lease_table.scans"] == ["application"])
        _ = metrics.ofShard("shardId-000000000000")
        let page = try document("docs/METRICS.md")
        for label in factory.made.keys { #expect(page.contains("`\(label)`"), "\(label)") }
        let documented = page.matches(of: /`(weir\.consumer\.[a-z_.]+)`/).map { String($0.output.1) }
        #expect(Set(documented) == Set(factory.made.keys))
    }
}

/// The text of a file of the repository.
func document(_ path: String) throws -> String {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(path)").standardizedFileURL
    return String(decoding: try Data(contentsOf: url), as: UTF8.self)
}

/// Notes the labels of what is made, and the names of its dimensions.
final class LabelFactory: MetricsFactory {
    private let labels = Mutex<[String: Set<String>]>([:])

    var made: [String: Set<String>] { labels.withLock(\.self) }

    private func note(_ label: String, _ dimensions: [(String, String)]) -> NOOPMetricsHandler {
        labels.withLock { $0[label] = Set(dimensions.map(\.0)) }
        return NOOPMetricsHandler.instance
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { note(label, dimensions) }
    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { note(label, dimensions) }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        note(label, dimensions)
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { note(label, dimensions) }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
