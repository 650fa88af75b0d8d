import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

/// Workers that read records of the format of the Kinesis Producer Library.
@Suite struct AggregationTests {
    private let stream = WorkerHarness.stream
    private let shard = ShardID(0).description

    /// An aggregate of the numbers, each under the key `key-<number mod 20>`.
    private func aggregate(_ numbers: Range<Int>) -> ByteBuffer {
        AggregatedRecord(
            numbers.map { .init(partitionKey: "key-\($0 % 20)", data: ByteBuffer(string: "\($0)")) }
        ).encoded
    }

    @Test func aWorkerHandsUserRecordsOnAndCheckpointsTheLast() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<10)
        let number = try harness.kinesis.put(stream, key: "a", data: aggregate(10..<40))
        try await harness.run(harness.worker("a")) {
            try await eventually("all") { harness.journal.entries.count == 40 }
        }
        #expect(harness.journal.data == (0..<40).map(String.init))
        #expect(harness.lease(shard)?.checkpoint == .sequenceNumber(number, subSequenceNumber: 29))
    }

    @Test func anotherWorkerGoesOnWithinTheAggregate() async throws {
        let harness = WorkerHarness(shards: 1)
        let number = try harness.kinesis.put(stream, key: "a", data: aggregate(0..<20))
        let isStuck = Mutex(false)
        let first = harness.worker("a", configure: { $0.shutdownTimeout = .milliseconds(50) }) { record, _ in
            guard String(buffer: record.data) == "12" else { return }
            isStuck.withLock { $0 = true }
            try await Task.sleep(for: .seconds(3600))
        }
        try await harness.run(first) { try await eventually("stuck") { isStuck.withLock { $0 } } }
        #expect(harness.lease(shard)?.checkpoint == .sequenceNumber(number, subSequenceNumber: 11))
        try await harness.run(harness.worker("b")) {
            try await eventually("the rest") { harness.journal.entries.count == 20 }
        }
        #expect(harness.journal.data == (0..<20).map(String.init))
        #expect(harness.journal.entries.filter { $0.worker == "b" }.map(\.data) == (12..<20).map(String.init))
    }

    @Test func aPoisonedUserRecordIsIsolated() async throws {
        let harness = WorkerHarness(shards: 1)
        let number = try harness.kinesis.put(stream, key: "a", data: aggregate(0..<20))
        let worker = harness.worker("a") { record, _ in
            if String(buffer: record.data) == "7" { throw RecordRejection("no") }
        }
        try await harness.run(worker) {
            try await eventually("the others") { harness.journal.entries.count == 19 }
        }
        let letters = try await DeadLetterReader(streamName: "arrivals-dead-letters", kinesis: harness.kinesis).list()
        #expect(letters.map(\.subSequenceNumber) == [7])
        #expect(letters.map(\.sequenceNumber) == [number])
        #expect(letters.map(\.partitionKey) == ["key-7"])
    }

    @Test func afterASplitEachShardGetsItsOwn() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.kinesis.split(stream, shard)
        // A producer that does not know of the split packs for the old shard; what strays it puts again.
        let data = aggregate(0..<20)
        try harness.kinesis.put(stream, key: "a", data: data, explicitHashKey: .minimum)
        try harness.kinesis.put(stream, key: "a", data: data, explicitHashKey: .maximum)
        try await harness.run(harness.worker("a")) {
            try await eventually("all") { harness.journal.entries.count == 20 }
        }
        #expect(Set(harness.journal.data).count == 20)
        #expect(Set(harness.journal.entries.map(\.shard)).count == 2)
    }

    @Test func theHashKeysOfALeaseWithoutThemAreLookedUp() async throws {
        let harness = WorkerHarness(shards: 2)
        try harness.dynamoDB.change(WorkerHarness.application) { table in
            try table.put(
                LeaseTable(name: WorkerHarness.application).create(Lease(key: shard, checkpoint: .trimHorizon))
            )
        }
        try harness.kinesis.put(stream, key: "a", data: aggregate(0..<20), explicitHashKey: .minimum)
        try harness.kinesis.put(stream, key: "b", data: ByteBuffer(string: "end"), explicitHashKey: .minimum)
        try await harness.run(harness.worker("a")) {
            try await eventually("the end") { harness.journal.data.last == "end" }
        }
        let half = HashKeyRange.uniform(count: 2)[0]
        let expected = (0..<20).filter { half.contains(HashKey(partitionKey: "key-\($0)")) }.map(String.init)
        #expect(!expected.isEmpty && expected.count < 20)
        #expect(harness.journal.data == expected + ["end"])
    }
}
