import NIOCore
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel

@testable import WeirConsumer

@Suite(.timeLimit(.minutes(5))) struct ThroughputTests {
    private let second: UInt64 = 1_000_000_000

    @Test func theMeterSmoothsAndForgets() {
        var meter = ThroughputMeter(startedAt: second)
        #expect(meter.measure(["a": 300, "b": 0], at: 3 * second) == ["a": 150, "b": 0])
        // No time has passed.
        #expect(meter.measure(["a": 900], at: 3 * second) == ["a": 150, "b": 0])
        #expect(meter.measure(["a": 50, "c": 10], at: 4 * second) == ["a": 100, "c": 10])
        #expect(meter.measure(["b": 7], at: 5 * second) == ["b": 7])
    }

    /// Of four shards one has all the records: who joins gets that one, or the three others.
    @Test func workersShareByWhatTheyDeliver() async throws {
        let harness = WorkerHarness(shards: 4, failoverTime: .seconds(3))
        let heavy = ShardID(0).description
        let data = String(repeating: "x", count: 20_000)
        let configure = { @Sendable (configuration: inout ConsumerWorker.Configuration) in
            configuration.balance = .throughput
        }
        let putting = Task {
            while !Task.isCancelled {
                try harness.kinesis.put(
                    WorkerHarness.stream,
                    key: "k",
                    data: ByteBuffer(string: data),
                    explicitHashKey: .minimum
                )
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        defer { putting.cancel() }
        try await harness.run(harness.worker("a", configure: configure)) {
            try await eventually("told") { (harness.lease(heavy)?.throughput ?? 0) > 100_000 }
            try await harness.run(harness.worker("b", configure: configure)) {
                // Three to one is also a step on the way.
                try await eventually("shared") {
                    let owner = harness.lease(heavy)?.owner
                    return harness.shares.values.sorted() == [1, 3] && harness.shares.count == 2
                        && harness.leases.count { $0.owner == owner } == 1
                }
            }
        }
    }
}
