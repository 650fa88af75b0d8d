import MetricsTestKit
import NIOCore
import Synchronization
import Testing
import WeirClient
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

/// How a shard is read of a service that waits for records, and of one that does not.
@Suite struct LongPollTests {
    private let stream = WorkerHarness.stream
    private let idle = Duration.milliseconds(250)

    private func reader(_ kinesis: MemoryKinesis, wait: Duration = .milliseconds(20), limit: Int = 10) -> ShardReader {
        ShardReader(
            streamName: stream,
            lease: Lease(key: ShardID(0).description, checkpoint: .trimHorizon),
            deaggregation: .off,
            kinesis: kinesis,
            limit: limit,
            idleInterval: idle,
            longestWait: wait
        )
    }

    @Test func behindTheTipNothingWaitsAndAtTheTipEverything() async throws {
        let kinesis = MemoryKinesis()
        kinesis.createStream(stream, shardCount: 1)
        kinesis.waitsForRecords = true
        for number in 0..<25 { try kinesis.put(stream, key: "k", data: "\(number)") }
        var reader = reader(kinesis)
        for count in [10, 10, 5] {
            #expect(try await reader.fetch().records.count == count)
            #expect(kinesis.waitCount == 0)
        }
        // The tip is reached: the next fetch comes at once, and waits.
        #expect(reader.pauseAtTip == nil)
        #expect(try await reader.fetch().records.isEmpty)
        #expect(kinesis.waitCount == 1)
        #expect(reader.pauseAtTip == nil)
        try kinesis.put(stream, key: "k", data: "more")
        #expect(try await reader.fetch().records.count == 1)
        #expect(kinesis.waitCount == 2)
        // It was there before it was asked for: others may follow, and are gathered.
        #expect(reader.pauseAtTip == .milliseconds(5))
    }

    @Test func aServiceThatDoesNotWaitIsPolledAndAskedAgainNowAndThen() async throws {
        let kinesis = MemoryKinesis()
        kinesis.createStream(stream, shardCount: 1)
        var reader = reader(kinesis)
        _ = try await reader.fetch()
        #expect(reader.pauseAtTip == nil)
        _ = try await reader.fetch()
        #expect(kinesis.waitCount == 1 && reader.pauseAtTip == idle)
        for _ in 0..<99 {
            _ = try await reader.fetch()
            #expect(kinesis.waitCount == 1 && reader.pauseAtTip == idle)
        }
        _ = try await reader.fetch()
        #expect(reader.pauseAtTip == nil)
        // By now it does.
        kinesis.waitsForRecords = true
        _ = try await reader.fetch()
        #expect(kinesis.waitCount == 2 && reader.pauseAtTip == nil)
        _ = try await reader.fetch()
        #expect(kinesis.waitCount == 3 && reader.pauseAtTip == nil)
    }

    /// A service that says it waits and answers nothing at once would be asked without end.
    @Test func aWaitThatWasNoneIsFollowedByAPause() async throws {
        struct Hasty: KinesisCalling {
            let kinesis: MemoryKinesis
            func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response
            {
                try await kinesis.call(action, request)
            }
            func getRecords(
                _ request: GetRecords.Request,
                waitingUpTo wait: Duration
            ) async throws(ServiceError) -> WaitedRecords {
                WaitedRecords(try await call(GetRecords.self, request), waited: .zero)
            }
        }
        let kinesis = MemoryKinesis()
        kinesis.createStream(stream, shardCount: 1)
        var reader = ShardReader(
            streamName: stream,
            lease: Lease(key: ShardID(0).description, checkpoint: .trimHorizon),
            deaggregation: .off,
            kinesis: Hasty(kinesis: kinesis),
            limit: 10,
            idleInterval: idle,
            longestWait: .seconds(10)
        )
        _ = try await reader.fetch()
        _ = try await reader.fetch()
        #expect(reader.pauseAtTip == idle)
        try kinesis.put(stream, key: "k", data: "more")
        #expect(try await reader.fetch().records.count == 1)
        #expect(reader.pauseAtTip == .milliseconds(5))
    }

    @Test func manySmallFetchesMakeFewCheckpoints() async throws {
        let harness = WorkerHarness(shards: 1)
        harness.kinesis.waitsForRecords = true
        let metrics = TestMetrics()
        let journal = harness.journal
        let worker = harness.worker(
            "a",
            handler: .records { record, _ in journal.note(record, "a") },
            metrics: metrics
        ) { $0.idleInterval = .seconds(3600) }
        func checkpoints() throws -> Int {
            let dimensions = [("application", WorkerHarness.application), ("stream", WorkerHarness.stream)]
            return try metrics.expectTimer("weir.consumer.checkpoint.time", dimensions).values.count
        }
        let began = ContinuousClock.now
        try await harness.run(worker) {
            for number in 0..<50 {
                try harness.put(number..<number + 1)
                try await eventually("record \(number)") { harness.journal.entries.count == number + 1 }
            }
            // Without any more records the last checkpoint follows, a second after the one before.
            let last = try #require(harness.kinesis.records(stream).last).sequenceNumber
            try await eventually("the last checkpoint") {
                harness.lease(ShardID(0).description)?.checkpoint == .sequenceNumber(last)
            }
        }
        // The first at once, then one a second.
        let seconds = Int((ContinuousClock.now - began) / .seconds(1))
        #expect(try (2...seconds + 2).contains(checkpoints()))
    }

    @Test func withoutAWaitTheServiceIsNeverAsked() async throws {
        let kinesis = MemoryKinesis()
        kinesis.createStream(stream, shardCount: 1)
        kinesis.waitsForRecords = true
        var reader = reader(kinesis, wait: .zero)
        for _ in 0..<5 {
            _ = try await reader.fetch()
            #expect(reader.pauseAtTip == idle)
        }
        #expect(kinesis.waitCount == 0)
    }

    @Test func aWorkerThatWaitsGetsEachRecordWithoutAPauseAndStopsAtOnce() async throws {
        let harness = WorkerHarness(shards: 4)
        harness.kinesis.waitsForRecords = true
        // With a pause the test would not end.
        let worker = harness.worker("a") {
            $0.idleInterval = .seconds(3600)
            $0.longestWait = .seconds(20)
            $0.shutdownTimeout = .seconds(3600)
        }
        try await harness.run(worker) {
            for number in 0..<40 {
                try harness.put(number..<number + 1)
                try await eventually("record \(number)") { harness.journal.entries.count == number + 1 }
            }
            // A split ends a wait too.
            try harness.kinesis.split(stream, ShardID(0).description)
            try harness.put(40..<60)
            try await eventually("the records of the children") { harness.journal.entries.count == 60 }
        }
        harness.expectComplete(60)
        #expect(harness.leases.allSatisfy { $0.isEnded || $0.owner == nil })
    }

    @Test(arguments: [Duration.milliseconds(-1), .milliseconds(20_001)])
    func aWaitOutOfRangeIsRefused(wait: Duration) async {
        let harness = WorkerHarness(shards: 1)
        let error = await #expect(throws: ServiceError.self) {
            try await harness.worker("a") { $0.longestWait = wait }.run()
        }
        #expect(error?.code == .configuration)
    }
}
