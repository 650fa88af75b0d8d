import CoreMetrics
import Logging
import NIOCore
import WeirLeases
import WeirModel
import WeirRuntime
import WeirTracing

/// What deliveries of a shard need.
struct DeliveryTools: Sendable {
    let processor: any RecordProcessor
    let context: ShardContext
    let environment: WorkerEnvironment
    let control: ConsumerControl
    /// What is counted of the shard alone, where that is asked for.
    let shardMetrics: ShardMetrics?
}

/// Hands some records of one shard to its processor, one portion after the other, and deals with failures.
struct PortionDelivery {
    enum Outcome: Hashable {
        /// All records were processed or given up.
        case delivered
        /// The consumer is to stop; records may be left.
        case stopped
        /// The failure policy stops the shard.
        case halted
    }

    private let tools: DeliveryTools
    private let finishesAtShutdown: Bool
    private var firstError = ""
    private var lastError = ""
    /// The handler has failed on records before this place.
    private var failedUpTo = 0

    /// - Parameter finishesAtShutdown: whether a shutdown waits for all the records, unless one has to be tried again.
    init(tools: DeliveryTools, finishesAtShutdown: Bool = false) {
        self.tools = tools
        self.finishesAtShutdown = finishesAtShutdown
    }

    private var processor: any RecordProcessor { tools.processor }
    private var context: ShardContext { tools.context }
    private var environment: WorkerEnvironment { tools.environment }
    private var control: ConsumerControl { tools.control }

    /// Delivers records. After each step `isDone` gets the places of those that need no more processing, in order; none
    /// after a step that failed.
    mutating func deliver(
        _ records: [ConsumerRecord],
        millisBehindLatest: Int,
        isDone: (Range<Int>) async -> Void
    ) async -> Outcome {
        var machine = DeliveryStateMachine(
            count: records.count,
            isOneByOne: environment.handler.isOneByOne,
            policy: environment.configuration.failurePolicy
        )
        while await control.mayHandOut(evenAtShutdown: finishesAtShutdown) {
            var done = 0..<0
            switch machine.next() {
            case .deliver(let range, let failedAttempts):
                let batch = RecordBatch(
                    records[range],
                    failedAttempts: failedAttempts,
                    millisBehindLatest: millisBehindLatest
                )
                if range.lowerBound < failedUpTo { environment.metrics.retries.increment() }
                if await process(batch, &machine) {
                    done = range
                } else {
                    failedUpTo = max(failedUpTo, range.upperBound)
                }
            case .wait(let pause):
                await control.sleep(for: pause)
                if control.stopReason != nil { return .stopped }
            case .giveUp(let index, let attempts):
                let outcome = await giveUp(records[index], attempts: attempts)
                guard outcome == .delivered else { return outcome }
                machine.passed()
                done = index..<index + 1
            case .finished: return .delivered
            }
            await isDone(done)
        }
        return .stopped
    }

    /// Whether the portion was processed.
    private mutating func process(_ batch: RecordBatch, _ machine: inout DeliveryStateMachine) async -> Bool {
        let startedAt = environment.time.monotonicNanoseconds
        do {
            try await traced(batch)
            // A handler may return early when it is cancelled: then nobody knows what it has done.
            if control.isCancelled { return false }
            count(batch, nanoseconds: Int64(environment.time.monotonicNanoseconds - startedAt))
            control.deliver(batch.reduce(0) { $0 + $1.data.readableBytes + $1.partitionKey.utf8.count })
            machine.succeeded()
            return true
        } catch {
            // A handler that was cancelled has not failed.
            if control.isCancelled { return false }
            failed(batch, error)
            machine.failed(isRejection: error is RecordRejection, at: environment.time.monotonicNanoseconds)
            return false
        }
    }

    /// Has the handler process records, in a span where spans are made.
    private func traced(_ batch: RecordBatch) async throws {
        let context = context
        try await WeirTracing.traced(
            "process \(context.streamName)",
            .consumer,
            [
                ("messaging.system", .text("kinesis")),
                ("messaging.operation.type", .text("process")),
                ("messaging.destination.name", .text(context.streamName)),
                ("messaging.destination.partition.id", .text(context.shardID)),
                ("messaging.consumer.group.name", .text(context.applicationName)),
                ("messaging.batch.message_count", .number(batch.count)),
                ("weir.sequence_number.first", .text(batch.first?.sequenceNumber ?? "")),
                ("weir.sequence_number.last", .text(batch.last?.sequenceNumber ?? "")),
                ("weir.attempt", .number(batch.failedAttempts + 1)),
            ]
        ) { _ in
            try await processor.process(batch, context)
        }
    }

    private func count(_ batch: RecordBatch, nanoseconds: Int64) {
        let bytes = batch.reduce(0) { $0 + $1.data.readableBytes }
        let metrics = environment.metrics
        metrics.processingTime.recordNanoseconds(nanoseconds)
        metrics.records.increment(by: batch.count)
        metrics.bytes.increment(by: bytes)
        guard let shardMetrics = tools.shardMetrics else { return }
        shardMetrics.processingTime.recordNanoseconds(nanoseconds)
        shardMetrics.records.increment(by: batch.count)
        shardMetrics.bytes.increment(by: bytes)
    }

    private mutating func failed(_ batch: RecordBatch, _ error: any Error) {
        environment.metrics.failures.increment()
        tools.shardMetrics?.failures.increment()
        lastError = String(describing: error)
        if batch.failedAttempts == 0 { firstError = lastError }
        let first = batch.first?.sequenceNumber ?? ""
        context.logger.info(
            "The handler failed",
            metadata: [
                "sequence.number": .string(first),
                "record.count": .stringConvertible(batch.count),
                "attempt.number": .stringConvertible(batch.failedAttempts + 1),
                "error.message": .string(lastError),
            ]
        )
        let event = WorkerEvent.recordFailed(
            shardID: context.leaseKey,
            sequenceNumber: first,
            attempt: batch.failedAttempts + 1,
            error: lastError
        )
        if batch.count == 1 { environment.onEvent(event) }
    }

    /// Deals with a record that the handler cannot process.
    private func giveUp(_ record: ConsumerRecord, attempts: Int) async -> Outcome {
        let configuration = environment.configuration
        switch configuration.failurePolicy.onFailure {
        case .skip:
            environment.metrics.skipped.increment()
            context.logger.warning("Skipped a record", metadata: metadata(record))
            let event = WorkerEvent.recordSkipped(
                shardID: context.leaseKey,
                sequenceNumber: record.sequenceNumber,
                error: lastError
            )
            environment.onEvent(event)
            return .delivered
        case .stop:
            environment.metrics.shardsHalted.increment()
            context.logger.error("Stopped the shard at a record that cannot be processed", metadata: metadata(record))
            let event = WorkerEvent.shardHalted(
                shardID: context.leaseKey,
                sequenceNumber: record.sequenceNumber,
                error: lastError
            )
            environment.onEvent(event)
            return .halted
        case .deadLetter:
            let letter = DeadLetter(
                application: configuration.applicationName,
                stream: context.streamName,
                record: record,
                attempts: attempts,
                firstError: firstError,
                lastError: lastError,
                workerID: configuration.workerID,
                failedAt: Timestamp(millisecondsSinceEpoch: environment.time.wallMilliseconds)
            )
            return await put(letter) ? .delivered : .stopped
        }
    }

    private func metadata(_ record: ConsumerRecord) -> Logger.Metadata {
        ["sequence.number": .string(record.sequenceNumber), "error.message": .string(lastError)]
    }

    /// Puts a dead letter until the destination has taken it. False when the consumer is to stop.
    private func put(_ letter: DeadLetter) async -> Bool {
        var failures = 0
        while await control.mayHandOut() {
            do {
                try await environment.deadLetters.put(letter)
                if control.isCancelled { return false }
                environment.metrics.deadLetters.increment()
                context.logger.warning(
                    "Put a record to the dead letters",
                    metadata: [
                        "sequence.number": .string(letter.sequenceNumber), "error.message": .string(letter.lastError),
                        "attempt.count": .stringConvertible(letter.attempts),
                    ]
                )
                environment.onEvent(.deadLettered(letter))
                return true
            } catch {
                failures += 1
                environment.metrics.deadLetterFailures.increment()
                context.logger.error("Could not put a dead letter", metadata: ["error.message": .string("\(error)")])
                await control.sleep(for: Backoff.pause(failures: failures, environment.random))
            }
        }
        return false
    }
}
