import NIOCore
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

@Suite struct ConsumerWorkerTests {
    private let stream = WorkerHarness.stream

    @Test func everyRecordIsProcessedOnceAndInOrder() async throws {
        let harness = WorkerHarness()
        try harness.put(0..<100)
        try await harness.run(harness.worker("a")) {
            try await eventually("the first hundred") { harness.journal.entries.count == 100 }
            try harness.put(100..<200)
            try await eventually("all") { harness.journal.entries.count == 200 }
        }
        #expect(harness.journal.entries.count == 200)
        harness.expectComplete(200)
    }

    @Test func aShutdownCheckpointsAndReleases() async throws {
        let harness = WorkerHarness()
        try harness.put(0..<50)
        try await harness.run(harness.worker("a")) {
            try await eventually("all") { harness.journal.entries.count == 50 }
        }
        #expect(harness.leases.count == 4)
        for lease in harness.leases {
            #expect(lease.owner == nil)
            let last = harness.journal.entries.last { $0.shard == lease.key }
            #expect(last.map { .sequenceNumber($0.sequenceNumber) } ?? .trimHorizon == lease.checkpoint)
        }
        #expect(harness.journal.events.last == .stopped)
    }

    @Test func anotherWorkerGoesOnAtTheCheckpoint() async throws {
        let harness = WorkerHarness()
        try harness.put(0..<50)
        try await harness.run(harness.worker("a")) {
            try await eventually("all") { harness.journal.entries.count == 50 }
        }
        try harness.put(50..<100)
        try await harness.run(harness.worker("b")) {
            try await eventually("the rest") { harness.journal.entries.count == 100 }
        }
        #expect(
            Set(harness.journal.entries.filter { $0.worker == "b" }.map(\.data)) == Set((50..<100).map(String.init))
        )
        harness.expectComplete(100)
    }

    @Test func twoWorkersShareAndHandOverWithoutRepetition() async throws {
        // Long, so that a busy machine does not make a worker lose what it holds.
        let harness = WorkerHarness(failoverTime: .seconds(20))
        let first = harness.worker("a")
        let second = harness.worker("b")
        try await harness.run(first) {
            try await eventually("alone") { harness.shares == ["a": 4] }
            try harness.put(0..<40)
            try await harness.run(second) {
                for number in 40..<200 where number % 20 == 0 {
                    try harness.put(number..<number + 20)
                    try await eventually("each round") { harness.journal.entries.count >= number }
                }
                try await eventually("two each") { harness.shares == ["a": 2, "b": 2] }
                try harness.put(200..<300)
                try await eventually("all") { harness.journal.entries.count == 300 }
            }
            try await eventually("all back") { harness.shares == ["a": 4] }
            try harness.put(300..<400)
            try await eventually("the rest") { harness.journal.entries.count == 400 }
        }
        #expect(harness.journal.entries.count == 400)
        harness.expectComplete(400)
        #expect(Set(harness.journal.entries.map(\.worker)) == ["a", "b"])
        #expect(!harness.journal.events.contains { if case .leaseLost = $0 { true } else { false } })
        let handedOver = harness.journal.events(of: "b").filter {
            if case .leaseTaken(_, "a", .handedOver) = $0 { true } else { false }
        }
        #expect(handedOver.count == 2)
    }

    @Test func aKilledWorkersShardsAreTakenOver() async throws {
        let harness = WorkerHarness(failoverTime: .seconds(2))
        let victim = harness.worker("a")
        let task = Task { try await victim.run() }
        try await harness.run(harness.worker("b")) {
            try await eventually("two each") { harness.shares == ["a": 2, "b": 2] }
            try harness.put(0..<100)
            try await eventually("some of a") { harness.journal.entries.contains { $0.worker == "a" } }
            victim.abandon()
            _ = await task.result
            // Nothing was given up.
            #expect(harness.shares == ["a": 2, "b": 2])
            try harness.put(100..<200)
            try await eventually("taken over") { harness.shares == ["b": 4] }
            try await eventually("all") { Set(harness.journal.data).count == 200 }
        }
        harness.expectComplete(200)
        let expired = harness.journal.events(of: "b").filter {
            if case .leaseTaken(_, "a", .expired) = $0 { true } else { false }
        }
        #expect(expired.count == 2)
    }

    @Test func splitsAndMergesAreFollowedInOrder() async throws {
        let harness = WorkerHarness(shards: 2)
        try harness.put(0..<100)
        try await harness.run(harness.worker("a")) {
            try await eventually("the beginning") { harness.journal.entries.count == 100 }
            let parent = ShardID(0).description
            try harness.kinesis.split(stream, parent)
            try harness.put(100..<200)
            try await eventually("the split") { harness.lease(parent)?.isEnded == true }
            try await eventually("the children") { harness.journal.entries.count == 200 }
            let (first, second) = (ShardID(2).description, ShardID(3).description)
            #expect(harness.lease(parent)?.childShardIDs == [first, second])
            #expect(harness.lease(first)?.parentShardIDs == [parent])
            try harness.kinesis.merge(stream, first, second)
            try harness.put(200..<300)
            try await eventually("the merge") { harness.journal.entries.count == 300 }
            #expect(harness.lease(ShardID(4).description)?.parentShardIDs == [first, second])
        }
        harness.expectComplete(300)
        #expect(harness.journal.entries.count == 300)
        let ended = harness.journal.events.compactMap { event -> String? in
            if case .shardEnded(let shard, _) = event { shard } else { nil }
        }
        #expect(Set(ended) == Set([0, 2, 3].map { ShardID($0).description }))
    }

    @Test func aClosedFamilyIsReadParentsFirst() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<40)
        try harness.kinesis.split(stream, ShardID(0).description)
        try harness.put(40..<80)
        try harness.kinesis.merge(stream, ShardID(1).description, ShardID(2).description)
        try harness.put(80..<120)
        try await harness.run(harness.worker("a")) {
            try await eventually("all") { harness.journal.entries.count == 120 }
        }
        harness.expectComplete(120)
        let shards = harness.journal.entries.map(\.shard)
        #expect(shards.firstIndex(of: ShardID(3).description) == 80)
    }

    @Test func latestSkipsWhatWasThere() async throws {
        let harness = WorkerHarness()
        try harness.put(0..<40)
        let worker = harness.worker("a", configure: { $0.initialPosition = .latest })
        try await harness.run(worker) {
            try await harness.reading("a")
            try harness.put(40..<60)
            try await eventually("the new ones") { harness.journal.entries.count >= 20 }
        }
        #expect(Set(harness.journal.data) == Set((40..<60).map(String.init)))
    }

    @Test func latestIsTheFirstStartForWorkersThatFollow() async throws {
        let harness = WorkerHarness()
        try harness.put(0..<40)
        let latest: (inout ConsumerWorker.Configuration) -> Void = { $0.initialPosition = .latest }
        try await harness.run(harness.worker("a", configure: latest)) { try await harness.reading("a") }
        // Nothing was read, and nobody reads now.
        try harness.put(40..<80)
        #expect(harness.leases.allSatisfy { $0.checkpoint == .latest && $0.initialTimestamp != nil })
        try await harness.run(harness.worker("b", configure: latest)) {
            try await eventually("what came in between") { harness.journal.entries.count >= 40 }
            try harness.put(80..<100)
            try await eventually("the rest") { harness.journal.entries.count >= 60 }
        }
        #expect(harness.journal.data.count == 60)
        #expect(Set(harness.journal.data) == Set((40..<100).map(String.init)))
    }

    @Test func theLatestOfAJavaWorkersLeaseIsFixedWhenItIsTaken() async throws {
        let harness = WorkerHarness(shards: 1)
        let key = ShardID(0).description
        try harness.put(0..<10)
        try harness.dynamoDB.change(WorkerHarness.application) { table in
            try table.put(LeaseTable(name: WorkerHarness.application).create(Lease(key: key, checkpoint: .latest)))
        }
        let latest: (inout ConsumerWorker.Configuration) -> Void = { $0.initialPosition = .latest }
        let now = harness.kinesis.wallMilliseconds
        try await harness.run(harness.worker("a", configure: latest)) {
            try await eventually("fixed") { harness.lease(key)?.initialTimestamp != nil }
        }
        try harness.put(10..<20)
        try await harness.run(harness.worker("b", configure: latest)) {
            try await eventually("what came in between") { harness.journal.entries.count >= 10 }
        }
        #expect(harness.journal.data == (10..<20).map(String.init))
        #expect(harness.lease(key)?.initialTimestamp == Timestamp(millisecondsSinceEpoch: now))
    }

    @Test func aClockThatIsAheadDoesNotDelayTheLatest() async throws {
        let harness = WorkerHarness(shards: 1, millisecondsAhead: 3_600_000)
        try harness.put(0..<10)
        try await harness.run(harness.worker("a", configure: { $0.initialPosition = .latest })) {
            try await harness.reading("a")
            try await eventually("the new ones") {
                try harness.put(10..<11)
                return !harness.journal.entries.isEmpty
            }
        }
        #expect(Set(harness.journal.data) == ["10"])
    }

    @Test func aTimeSkipsWhatArrivedBefore() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<40)
        let twentieth = try #require(harness.kinesis.records(stream)[20].approximateArrivalTimestamp)
        let worker = harness.worker("a", configure: { $0.initialPosition = .atTimestamp(twentieth) })
        try await harness.run(worker) {
            try await eventually("the rest") { harness.journal.entries.count == 20 }
        }
        #expect(harness.journal.data == (20..<40).map(String.init))
    }

    @Test func theLeaseTableIsCreatedAndNamedAsConfigured() async throws {
        let harness = WorkerHarness(shards: 1)
        let worker = harness.worker("a", configure: { $0.leaseTableName = "other-table" })
        try await harness.run(worker) {
            try await eventually("the lease") { harness.dynamoDB.items("other-table").count == 1 }
        }
        #expect(harness.dynamoDB.tableNames == ["other-table"])
        let view = try await LeaseTableView.read(table: "other-table", from: harness.dynamoDB)
        #expect(view.leases.map(\.key) == [ShardID(0).description])
    }

    @Test func aStreamThatDoesNotExistEndsTheStart() async throws {
        let harness = WorkerHarness(shards: 0)
        let worker = harness.worker("a")
        let error = await #expect(throws: ServiceError.self) { try await worker.run() }
        #expect(error?.code == .resourceNotFound)
    }

    @Test func aServiceThatCannotBeReachedDelaysTheStart() async throws {
        let harness = WorkerHarness(shards: 1)
        harness.dynamoDB.fail { _ in ServiceError(.connectionFailure, "refused") }
        try harness.put(0..<5)
        try await harness.run(harness.worker("a")) {
            harness.dynamoDB.fail(nil)
            try await eventually("all") { harness.journal.entries.count == 5 }
        }
    }

    @Test func aShutdownEndsAStartThatWaits() async throws {
        let harness = WorkerHarness(shards: 1)
        harness.dynamoDB.fail { _ in ServiceError(.connectionFailure, "refused") }
        try await harness.run(harness.worker("a")) {}
        #expect(harness.journal.events == [])
    }

    @Test func aWorkerRunsOnce() async throws {
        let harness = WorkerHarness(shards: 1)
        let worker = harness.worker("a")
        try await harness.run(worker) {
            try await eventually("started") { harness.journal.events.contains(.started) }
            let error = await #expect(throws: ServiceError.self) { try await worker.run() }
            #expect(error?.code == .configuration)
        }
    }

    @Test(
        arguments: [
            { $0.failoverTime = .milliseconds(99) }, { $0.maximumRecordsPerFetch = 0 },
            { $0.maximumRecordsPerFetch = 10_001 }, { $0.leaseTableName = "ab" }, { $0.workerID = "" },
            { $0.maximumLeases = 0 }, { $0.failurePolicy.maximumAttempts = 0 }, { $0.applicationName = "" },
        ] as [@Sendable (inout ConsumerWorker.Configuration) -> Void]
    )
    func settingsOutOfRangeAreRefused(_ change: @Sendable (inout ConsumerWorker.Configuration) -> Void) async {
        let worker = WorkerHarness(shards: 1).worker("a", configure: change)
        let error = await #expect(throws: ServiceError.self) { try await worker.run() }
        #expect(error?.code == .configuration)
    }

    @Test func workersNamesDiffer() {
        #expect(makeWorkerID() != makeWorkerID())
    }
}
