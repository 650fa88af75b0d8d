import CoreMetrics
import Logging
import NIOCore
import WeirLeases
import WeirModel
import WeirRuntime

/// Hands the records of one shard to its processor, deals with failures, and keeps the checkpoint behind what is done.
struct BatchDelivery {
    enum Outcome: Hashable {
        /// All records were processed or given up, and checkpointed if that is automatic.
        case delivered
        /// The consumer is to stop; records may be left.
        case stopped
        /// The failure policy stops the shard.
        case halted
    }

    private let processor: any RecordProcessor
    private let context: ShardContext
    private let environment: WorkerEnvironment
    private let control: ConsumerControl
    /// The last record that needs no more processing.
    private var done: LeaseCheckpoint
    private var saved: LeaseCheckpoint
    private var savedAt: UInt64
    private var firstError = ""
    private var lastError = ""

    init(
        processor: any RecordProcessor,
        context: ShardContext,
        environment: WorkerEnvironment,
        control: ConsumerControl,
        checkpoint: LeaseCheckpoint
    ) {
        self.processor = processor
        self.context = context
        self.environment = environment
        self.control = control
        done = checkpoint
        saved = checkpoint
        savedAt = environment.time.monotonicNanoseconds
    }

    mutating func deliver(_ records: [ConsumerRecord], millisBehindLatest: Int) async -> Outcome {
        var machine = DeliveryStateMachine(
            count: records.count,
            isOneByOne: environment.handler.isOneByOne,
            policy: environment.configuration.failurePolicy
        )
        while await control.mayHandOut() {
            switch machine.next() {
            case .deliver(let range, let failedAttempts):
                let batch = RecordBatch(
                    records[range],
                    failedAttempts: failedAttempts,
                    millisBehindLatest: millisBehindLatest
                )
                await process(batch, &machine)
            case .wait(let pause):
                await control.sleep(for: pause)
            case .giveUp(let index, let attempts):
                switch await giveUp(records[index], attempts: attempts) {
                case .delivered: machine.passed()
                case .stopped: return .stopped
                case .halted: return .halted
                }
                advance(records[index])
            case .finished:
                return await save() ? .delivered : .stopped
            }
            await saveIfDue()
        }
        return .stopped
    }

    private mutating func process(_ batch: RecordBatch, _ machine: inout DeliveryStateMachine) async {
        let startedAt = environment.time.monotonicNanoseconds
        do {
            try await processor.process(batch, context)
            // A handler may return early when it is cancelled: then nobody knows what it has done.
            if control.isCancelled { return }
            environment.metrics.processingTime.recordNanoseconds(
                Int64(environment.time.monotonicNanoseconds - startedAt)
            )
            environment.metrics.records.increment(by: batch.count)
            environment.metrics.bytes.increment(by: batch.reduce(0) { $0 + $1.data.readableBytes })
            machine.succeeded()
            if let last = batch.last { advance(last) }
        } catch {
            // A handler that was cancelled has not failed.
            if control.isCancelled { return }
            failed(batch, error)
            machine.failed(isRejection: error is RecordRejection)
        }
    }

    private mutating func failed(_ batch: RecordBatch, _ error: any Error) {
        environment.metrics.failures.increment()
        lastError = String(describing: error)
        if batch.failedAttempts == 0 { firstError = lastError }
        let first = batch.first?.sequenceNumber ?? ""
        context.logger.info(
            "The handler failed",
            metadata: [
                "sequence.number": .string(first),
                "records": .stringConvertible(batch.count),
                "attempt": .stringConvertible(batch.failedAttempts + 1),
                "error": .string(lastError),
            ]
        )
        let event = WorkerEvent.recordFailed(
            shardID: context.shardID,
            sequenceNumber: first,
            attempt: batch.failedAttempts + 1,
            error: lastError
        )
        if batch.count == 1 { environment.onEvent(event) }
    }

    private mutating func advance(_ record: ConsumerRecord) {
        done = .sequenceNumber(record.sequenceNumber, subSequenceNumber: record.subSequenceNumber)
    }

    /// Deals with a record that the handler cannot process.
    private func giveUp(_ record: ConsumerRecord, attempts: Int) async -> Outcome {
        let configuration = environment.configuration
        switch configuration.failurePolicy.onFailure {
        case .skip:
            context.logger.warning("Skipped a record", metadata: metadata(record))
            let event = WorkerEvent.recordSkipped(
                shardID: record.shardID,
                sequenceNumber: record.sequenceNumber,
                error: lastError
            )
            environment.onEvent(event)
            return .delivered
        case .stop:
            context.logger.error("Stopped the shard at a record that cannot be processed", metadata: metadata(record))
            let event = WorkerEvent.shardHalted(
                shardID: record.shardID,
                sequenceNumber: record.sequenceNumber,
                error: lastError
            )
            environment.onEvent(event)
            return .halted
        case .deadLetter:
            let letter = DeadLetter(
                application: configuration.applicationName,
                stream: configuration.streamName,
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
        ["sequence.number": .string(record.sequenceNumber), "error": .string(lastError)]
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
                        "sequence.number": .string(letter.sequenceNumber), "error": .string(letter.lastError),
                        "attempts": .stringConvertible(letter.attempts),
                    ]
                )
                environment.onEvent(.deadLettered(letter))
                return true
            } catch {
                failures += 1
                context.logger.error("Could not put a dead letter", metadata: ["error": .string("\(error)")])
                await control.sleep(for: Backoff.pause(failures: failures))
            }
        }
        return false
    }

    private mutating func saveIfDue() async {
        guard case .automatic(let interval) = environment.configuration.checkpoints else { return }
        let age = environment.time.monotonicNanoseconds - savedAt
        if age >= UInt64(nanosecondsOf: interval) { await save() }
    }

    /// Checkpoints what is done, when checkpoints are automatic. False when the lease was lost.
    @discardableResult
    mutating func save() async -> Bool {
        guard case .automatic = environment.configuration.checkpoints, done != saved else { return true }
        let startedAt = environment.time.monotonicNanoseconds
        guard await context.checkpointer.checkpoint(done) else { return false }
        saved = done
        savedAt = environment.time.monotonicNanoseconds
        environment.metrics.checkpointTime.recordNanoseconds(Int64(savedAt - startedAt))
        return true
    }
}
