import Synchronization
import WeirClient
import WeirConsumer
import WeirModel
import WeirRuntime
import WeirWire

/// A worker that gets what a measurement puts, and notes how long each record took to its handler.
struct BenchWorker: Sendable {
    let target: BenchTarget
    let acknowledgements: AcknowledgementTimes
    let time: SystemTime

    /// How long after the last acknowledgement is waited for records that have not come, and before for the worker.
    private static let patience: UInt64 = 10_000_000_000

    /// Runs the load while the worker reads all shards, until its handler has had all that was taken. Throws when records do
    /// not come.
    func measure(
        idleInterval: Duration,
        waits: Bool,
        _ progress: BenchProgress,
        load: @escaping @Sendable () async throws -> LatencyHistogram
    ) async throws -> (LatencyHistogram, DeliveryLatency?) {
        let logger = target.client.logger("weir.bench")
        let tables = try target.client.configuration(for: .dynamoDB, environment: .process)
        let shards = try await target.kinesis.call(ListShards.self, .init(streamName: target.stream)).shards
        var configuration = ConsumerWorker.Configuration(applicationName: target.stream, streamName: target.stream)
        configuration.idleInterval = idleInterval
        if !waits { configuration.longestWait = .zero }
        let (settled, start) = (configuration, time.monotonicNanoseconds)
        return try await withDynamoDBClient(tables, logger: logger) { dynamoDB in
            let state = BenchWorkerState()
            let worker = ConsumerWorker(
                configuration: settled,
                kinesis: target.kinesis,
                leaseTable: dynamoDB,
                handler: .records { record, _ in
                    let now = time.monotonicNanoseconds
                    // Not those of the warming up.
                    guard let begun = BenchRecord.begun(record.data), begun >= start, begun <= now else { return }
                    state.note(now - begun, acknowledgements.delay(at: now, ofPutAt: begun))
                },
                onEvent: { state.note($0) },
                logger: logger
            )
            let task = Task { try await worker.run() }
            let result: Result<LatencyHistogram, any Error>
            do {
                try await wait { state.shardCount == shards.count }
                let latency = try await load()
                try await wait { state.count >= progress.recordCount }
                result = .success(latency)
            } catch {
                result = .failure(error)
            }
            task.cancel()
            _ = await task.result
            _ = try? await dynamoDB.call(DeleteTable.self, .init(tableName: target.stream))
            guard case .success(let latency) = result, state.count >= progress.recordCount else {
                _ = try result.get()
                throw CommandFailure(
                    "\(progress.recordCount) records were to reach the worker's handler, and \(state.count) did"
                )
            }
            return (latency, state.latency)
        }
    }

    /// Waits until a condition holds, but not for ever.
    private func wait(until isMet: () -> Bool) async throws {
        let deadline = time.monotonicNanoseconds + Self.patience
        while !isMet(), time.monotonicNanoseconds < deadline { try await time.sleep(for: .milliseconds(5)) }
    }
}

/// What the worker of a measurement has told.
private final class BenchWorkerState: Sendable {
    private struct State {
        var latency = DeliveryLatency(sinceAcknowledgement: LatencyHistogram())
        var shards: Set<String> = []
        var count = 0
    }

    private let state = Mutex(State())

    func note(_ event: WorkerEvent) {
        if case .shardStarted(let shard, _) = event { state.withLock { _ = $0.shards.insert(shard) } }
    }

    func note(_ sincePut: UInt64, _ sinceAcknowledgement: UInt64) {
        state.withLock { state in
            state.latency.sincePut.record(nanoseconds: sincePut)
            state.latency.sinceAcknowledgement?.record(nanoseconds: sinceAcknowledgement)
            state.count += 1
        }
    }

    var latency: DeliveryLatency { state.withLock(\.latency) }
    var shardCount: Int { state.withLock(\.shards.count) }
    var count: Int { state.withLock(\.count) }
}
