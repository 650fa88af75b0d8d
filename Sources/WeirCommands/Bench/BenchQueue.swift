import Synchronization
import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// Consumers of a queue that receive and acknowledge what a measurement puts.
struct BenchQueue: Sendable {
    let target: BenchTarget
    let arn: String
    /// Records of a receive, at most.
    let batch: Int
    /// How often a consumer receives and acknowledges at the same time.
    let chains: Int
    let time: SystemTime

    /// How long after the last record is waited for those that have not come: longer than a record is invisible that was
    /// given in an answer that got lost.
    private static let patience: UInt64 = 45_000_000_000
    /// Seconds that a receive waits, when all is measured from calls' ends; and when it is measured who waits.
    private static let waitSeconds = (draining: 1, delivering: 20)

    /// What a measurement gave.
    struct Outcome: Sendable {
        /// Records that were acknowledged.
        var acknowledged: Int
        /// Records that were received and had been before.
        var redelivered: Int
        /// From the beginning to the last acknowledgement.
        var seconds: Double
        /// How long receiving and acknowledging took, or putting where that is done meanwhile.
        var calls: LatencyHistogram
        /// How long deliveries took, where records are put meanwhile.
        var delivery: DeliveryLatency?
    }

    /// Makes a queue, runs the body with it, and deletes it again.
    static func withQueue<Result>(
        on target: BenchTarget,
        from start: QueueStart,
        batch: Int,
        chains: Int,
        time: SystemTime,
        _ body: (BenchQueue) async throws -> Result
    ) async throws -> Result {
        let stream = try await target.kinesis.describeStreamSummary(target.stream)
        var made = try await target.kinesis.createQueue(
            "weir-bench-\(UInt64.random(in: .min ... .max))",
            streamARN: stream.streamARN,
            position: QueueStartingPositionShape(type: start.name)
        )
        let queue = BenchQueue(target: target, arn: made.queueARN, batch: batch, chains: chains, time: time)
        let result: Swift.Result<Result, any Error>
        do {
            while made.queueStatus != QueueStatus.active.rawValue {
                try await time.sleep(for: .milliseconds(200))
                made = try await target.kinesis.describeQueue(arn: made.queueARN)
            }
            result = .success(try await body(queue))
        } catch {
            result = .failure(error)
        }
        _ = try? await target.kinesis.deleteQueue(arn: made.queueARN)
        return try result.get()
    }

    // MARK: Measurements

    /// Consumers receive and acknowledge until so many records of those that are there are acknowledged. Throws when they
    /// do not come.
    func drain(consumers: Int, count: Int, progress: BenchProgress) async throws -> Outcome {
        let shared = BenchQueueProgress(wanted: count, at: time.monotonicNanoseconds)
        let start = time.monotonicNanoseconds
        let parts = try await withThrowingTaskGroup(of: Part.self) { group in
            for _ in 0..<consumers * chains {
                group.addTask { try await consume(shared, nil, waitSeconds: Self.waitSeconds.draining, progress) }
            }
            return try await group.reduce(into: Part()) { $0.add($1) }
        }
        return try outcome(parts, shared, start: start)
    }

    /// Consumers receive and acknowledge what a load puts, until all of that is acknowledged. Throws when it does not come.
    func deliver(
        consumers: Int,
        _ acknowledgements: AcknowledgementTimes,
        _ progress: BenchProgress,
        load: @escaping @Sendable (BenchProgress) async throws -> LatencyHistogram
    ) async throws -> Outcome {
        let put = BenchProgress(isTold: false)
        let shared = BenchQueueProgress(wanted: nil, at: time.monotonicNanoseconds)
        let start = time.monotonicNanoseconds
        return try await withThrowingTaskGroup(of: Part.self) { group in
            for _ in 0..<consumers * chains {
                group.addTask {
                    try await consume(shared, acknowledgements, waitSeconds: Self.waitSeconds.delivering, progress)
                }
            }
            let calls = try await load(put)
            for (error, count) in put.refused { progress.refused(count, error) }
            shared.want(put.recordCount)
            while !shared.isDone, !isOver(shared) { try await time.sleep(for: .milliseconds(5)) }
            // They wait for what does not come.
            group.cancelAll()
            var parts = try await group.reduce(into: Part()) { $0.add($1) }
            parts.calls = calls
            var outcome = try outcome(parts, shared, start: start)
            outcome.delivery = parts.delivery
            return outcome
        }
    }

    private func isOver(_ shared: BenchQueueProgress) -> Bool {
        time.monotonicNanoseconds > shared.lastTime + Self.patience
    }

    private func outcome(_ parts: Part, _ shared: BenchQueueProgress, start: UInt64) throws -> Outcome {
        guard shared.isDone else {
            throw CommandFailure(
                "\(shared.wanted ?? 0) records were to be acknowledged, and \(shared.acknowledged) were"
            )
        }
        return Outcome(
            acknowledged: shared.acknowledged,
            redelivered: parts.redelivered,
            seconds: Double(shared.lastTime - start) / 1e9,
            calls: parts.calls
        )
    }

    // MARK: Consumers

    /// What one consumer noted.
    private struct Part: Sendable {
        var redelivered = 0
        var calls = LatencyHistogram()
        var delivery = DeliveryLatency(sinceAcknowledgement: LatencyHistogram())

        mutating func add(_ other: Part) {
            redelivered += other.redelivered
            calls.add(other.calls)
            delivery.add(other.delivery)
        }
    }

    /// Receives and acknowledges, one call after the other, until all is done, nothing comes any more, or the task is cancelled.
    private func consume(
        _ shared: BenchQueueProgress,
        _ acknowledgements: AcknowledgementTimes?,
        waitSeconds: Int,
        _ progress: BenchProgress
    ) async throws -> Part {
        var part = Part()
        while !shared.isDone, !isOver(shared) {
            let begun = time.monotonicNanoseconds
            do throws(ServiceError) {
                let records = try await target.kinesis.receiveQueueRecords(
                    arn: arn,
                    limit: batch,
                    waitTimeSeconds: waitSeconds
                )
                if records.isEmpty { continue }
                let received = time.monotonicNanoseconds
                if let acknowledgements { note(records, acknowledgements, at: received, in: &part.delivery) }
                part.redelivered += records.count { $0.receiveCount > 1 }
                let answer = try await target.kinesis.acknowledgeQueueRecords(
                    arn: arn,
                    receiptHandles: records.map(\.receiptHandle)
                )
                let now = time.monotonicNanoseconds
                part.calls.record(nanoseconds: now - begun)
                shared.acknowledged(answer.successful.count, at: now)
                progress.taken(answer.successful.count)
                for failed in answer.failed { progress.refused(1, failed.errorCode) }
            } catch {
                if error.code == .cancelled { return part }
                guard error.isRetryable else { throw error }
                progress.refused(1, error.code.rawValue)
                do { try await time.sleep(for: .milliseconds(200)) } catch { return part }
            }
        }
        return part
    }

    private func note(
        _ records: [QueueRecord],
        _ acknowledgements: AcknowledgementTimes,
        at now: UInt64,
        in latency: inout DeliveryLatency
    ) {
        for record in records {
            guard let begun = BenchRecord.begun(record.data), begun <= now else { continue }
            latency.sincePut.record(nanoseconds: now - begun)
            latency.sinceAcknowledgement?.record(nanoseconds: acknowledgements.delay(at: now, ofPutAt: begun))
        }
    }
}

/// How far the consumers of a measurement have come.
final class BenchQueueProgress: Sendable {
    private struct State {
        var wanted: Int?
        var acknowledged = 0
        var lastTime: UInt64
    }

    private let state: Mutex<State>

    /// `wanted` is how many records are to be acknowledged, where it is known.
    init(wanted: Int?, at time: UInt64) { state = Mutex(State(wanted: wanted, lastTime: time)) }

    /// How many records are to be acknowledged; nil when it is not known yet.
    var wanted: Int? { state.withLock(\.wanted) }
    /// How many were.
    var acknowledged: Int { state.withLock(\.acknowledged) }
    /// When the last was, or that was begun.
    var lastTime: UInt64 { state.withLock(\.lastTime) }
    /// Whether all were.
    var isDone: Bool { state.withLock { state in state.wanted.map { state.acknowledged >= $0 } ?? false } }

    /// Now it is known how many are to be acknowledged.
    func want(_ count: Int) { state.withLock { $0.wanted = count } }

    /// Some were acknowledged.
    func acknowledged(_ count: Int, at time: UInt64) {
        guard count > 0 else { return }
        state.withLock { state in
            state.acknowledged += count
            state.lastTime = max(state.lastTime, time)
        }
    }
}
