import Logging
import NIOCore
import Synchronization
import Testing
import WeirClient
import WeirConsumer
import WeirModel
import WeirTesting
import WeirWire

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite struct ScalingTests {
    /// What a worker was given, by partition key, each record once: a worker may be given one again.
    private final class Journal: Sendable {
        private struct State {
            var numbers: Set<String> = []
            var texts: [String: [String]] = [:]
            var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
        }

        private let state = Mutex(State())

        func note(_ record: ConsumerRecord) {
            let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard state.numbers.insert(record.sequenceNumber).inserted else { return nil }
                state.texts[record.partitionKey, default: []].append(String(buffer: record.data))
                guard let waiting = state.waiting, waiting.count <= state.numbers.count else { return nil }
                state.waiting = nil
                return waiting.continuation
            }
            waiting?.resume()
        }

        /// The records by their keys, once there are so many.
        func texts(of count: Int) async -> [String: [String]] {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard state.numbers.count < count else { return true }
                    state.waiting = (count, continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
            return state.withLock(\.texts)
        }
    }

    /// Our own worker follows the shards through those that are closed as soon as they are there.
    @Test(.timeLimit(.minutes(2)), arguments: [Retrieval.polling, .fanOut()])
    func aWorkerReadsOnWhileTheNumberOfShardsChanges(_ retrieval: Retrieval) async throws {
        try await withWeir { weir in
            try await withKinesisClient(weir.clientConfiguration, logger: quiet) { kinesis in
                try await withDynamoDBClient(weir.clientConfiguration, logger: quiet) { leaseTable in
                    try await scale(kinesis, leaseTable, retrieval)
                }
            }
        }
    }

    private func scale(
        _ kinesis: KinesisClient,
        _ leaseTable: DynamoDBClient,
        _ retrieval: Retrieval
    ) async throws {
        try await kinesis.createStream("s", shardCount: 3)
        let journal = Journal()
        var configuration = ConsumerWorker.Configuration(applicationName: "scaling", streamName: "s")
        configuration.retrieval = retrieval
        configuration.idleInterval = .milliseconds(10)
        let worker = ConsumerWorker(
            configuration: configuration,
            kinesis: kinesis,
            leaseTable: leaseTable,
            logger: quiet
        ) { record, _ in journal.note(record) }
        let running = Task { try await worker.run() }
        var expected: [String: [String]] = [:]
        for (round, target) in [5, 4, 7, 14, 9].enumerated() {
            for number in 0..<60 {
                let (key, text) = ("key-\(number % 20)", "\(round)-\(number)")
                _ = try await kinesis.call(
                    PutRecord.self,
                    .init(streamName: "s", data: ByteBuffer(string: text), partitionKey: key)
                )
                expected[key, default: []].append(text)
            }
            try await kinesis.updateShardCount("s", target: target)
        }
        #expect(await journal.texts(of: 300) == expected)
        running.cancel()
        _ = try? await running.value
    }
}
