import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

/// Workers that get their records by enhanced fan-out.
@Suite struct FanOutTests {
    private let stream = WorkerHarness.stream
    private let shard = ShardID(0).description

    private func worker(
        _ harness: WorkerHarness,
        _ id: String,
        _ configure: (inout ConsumerWorker.Configuration) -> Void = { _ in }
    ) -> ConsumerWorker {
        harness.worker(id) {
            $0.retrieval = .fanOut(consumerName: "radar")
            configure(&$0)
        }
    }

    @Test func everyRecordComesOnceAndInOrder() async throws {
        let harness = WorkerHarness()
        let polls = Mutex(0)
        harness.kinesis.fail { action in
            if action == "GetRecords" || action == "GetShardIterator" { polls.withLock { $0 += 1 } }
            return nil
        }
        try harness.put(0..<100)
        try await harness.run(worker(harness, "a")) {
            try await eventually("the first hundred") { harness.journal.entries.count == 100 }
            try harness.put(100..<200)
            try await eventually("all") { harness.journal.entries.count == 200 }
        }
        harness.expectComplete(200)
        #expect(harness.journal.entries.count == 200)
        #expect(harness.kinesis.consumerNames == ["radar"])
        #expect(polls.withLock { $0 } == 0)
    }

    @Test func theConsumerIsNamedForTheApplicationUnlessTold() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<1)
        try await harness.run(harness.worker("a", configure: { $0.retrieval = .fanOut() })) {
            try await eventually("it") { harness.journal.entries.count == 1 }
        }
        #expect(harness.kinesis.consumerNames == [WorkerHarness.application])
    }

    @Test func aSubscriptionThatEndedIsMadeAgain() async throws {
        let harness = WorkerHarness(shards: 2)
        try await harness.run(worker(harness, "a")) {
            for round in 0..<5 {
                try harness.put(round * 20..<round * 20 + 20)
                try await eventually("round \(round)") { harness.journal.entries.count == round * 20 + 20 }
                let count = harness.kinesis.subscriptionCount
                harness.kinesis.endSubscriptions()
                try await eventually("again") { harness.kinesis.subscriptionCount >= count + 2 }
            }
        }
        harness.expectComplete(100)
        #expect(harness.journal.entries.count == 100)
    }

    @Test(arguments: [
        ServiceError.Code.resourceInUse, .connectionFailure, .internalFailure, .limitExceeded, .accessDenied,
    ])
    func readingGoesOnAfterErrors(code: ServiceError.Code) async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        let failures = Mutex(2)
        harness.kinesis.fail { action in
            let fails = failures.withLock { left in
                guard action == "SubscribeToShard", left > 0 else { return false }
                left -= 1
                return true
            }
            return fails ? ServiceError(code, "test") : nil
        }
        try await harness.run(worker(harness, "a")) {
            try await eventually("all") { harness.journal.entries.count == 10 }
        }
        #expect(harness.journal.entries.count == 10)
        #expect(failures.withLock { $0 } == 0)
    }

    @Test func aConsumerThatIsGoneIsRegisteredAgain() async throws {
        let harness = WorkerHarness(shards: 2)
        try harness.put(0..<20)
        try await harness.run(worker(harness, "a")) {
            try await eventually("the beginning") { harness.journal.entries.count == 20 }
            harness.kinesis.deregisterConsumers()
            try harness.put(20..<40)
            try await eventually("the rest") { harness.journal.entries.count == 40 }
        }
        harness.expectComplete(40)
        #expect(harness.kinesis.consumerNames == ["radar"])
    }

    @Test func splitsAndMergesAreFollowedInOrder() async throws {
        let harness = WorkerHarness(shards: 2)
        try harness.put(0..<100)
        try await harness.run(worker(harness, "a")) {
            try await eventually("the beginning") { harness.journal.entries.count == 100 }
            try harness.kinesis.split(stream, shard)
            try harness.put(100..<200)
            try await eventually("the children") { harness.journal.entries.count == 200 }
            #expect(harness.lease(shard)?.isEnded == true)
            try harness.kinesis.merge(stream, ShardID(2).description, ShardID(3).description)
            try harness.put(200..<300)
            try await eventually("the merge") { harness.journal.entries.count == 300 }
        }
        harness.expectComplete(300)
        #expect(harness.journal.entries.count == 300)
    }

    @Test func twoWorkersHandOverWithoutRepetition() async throws {
        let harness = WorkerHarness(failoverTime: .seconds(20))
        try await harness.run(worker(harness, "a")) {
            try await eventually("alone") { harness.shares == ["a": 4] }
            try harness.put(0..<100)
            // The old owner's subscriptions live on for a moment.
            harness.kinesis.refuseSubscriptions(3)
            try await harness.run(worker(harness, "b")) {
                try await eventually("two each") { harness.shares == ["a": 2, "b": 2] }
                try harness.put(100..<200)
                try await eventually("all") { harness.journal.entries.count == 200 }
            }
            try harness.put(200..<300)
            try await eventually("the rest") { harness.journal.entries.count == 300 }
        }
        harness.expectComplete(300)
        #expect(harness.journal.entries.count == 300)
        #expect(Set(harness.journal.entries.map(\.worker)) == ["a", "b"])
    }

    @Test func aKilledWorkersShardsAreTakenOver() async throws {
        let harness = WorkerHarness(failoverTime: .seconds(2))
        let victim = worker(harness, "a")
        let task = Task { try await victim.run() }
        try await harness.run(worker(harness, "b")) {
            try await eventually("two each") { harness.shares == ["a": 2, "b": 2] }
            try harness.put(0..<100)
            try await eventually("some of a") { harness.journal.entries.contains { $0.worker == "a" } }
            victim.abandon()
            _ = await task.result
            try harness.put(100..<200)
            try await eventually("all") { Set(harness.journal.data).count == 200 }
        }
        harness.expectComplete(200)
    }

    @Test func latestSkipsWhatWasThere() async throws {
        for millisecondsAhead in [0, 3_600_000] as [Int64] {
            let harness = WorkerHarness(shards: 1, millisecondsAhead: millisecondsAhead)
            try harness.put(0..<10)
            try await harness.run(worker(harness, "a") { $0.initialPosition = .latest }) {
                try await harness.reading("a")
                try await eventually("the new ones") {
                    try harness.put(10..<11)
                    return !harness.journal.entries.isEmpty
                }
            }
            #expect(Set(harness.journal.data) == ["10"])
        }
    }

    @Test func aHandlerThatIsSlowHoldsTheServiceBack() async throws {
        let harness = WorkerHarness(shards: 1, failoverTime: .seconds(4))
        try harness.put(0..<100)
        let isFree = Mutex(false)
        let worker = harness.worker("a") {
            $0.retrieval = .fanOut()
            $0.prefetch = Prefetch(maximumRecords: 10)
        } handle: { _, _ in
            try await eventually("free") { isFree.withLock { $0 } }
        }
        try await harness.run(worker) {
            // Seven records are in hand, and twice seven wait.
            try await eventually("read ahead") { harness.kinesis.furthestSubscription == 21 }
            let counter = harness.lease(shard)?.counter ?? 0
            try await eventually("time passes") { harness.lease(shard)?.counter ?? 0 > counter }
            #expect(harness.kinesis.furthestSubscription == 21)
            isFree.withLock { $0 = true }
            try await eventually("all") { harness.journal.entries.count == 100 }
        }
    }
}
