import CoreMetrics
import Logging
import Synchronization
import WeirClient
import WeirModel
import WeirRuntime
import WeirTracing
import WeirWire

/// Drives the machine of one consumer: performs its actions and tells it what became of them.
///
/// Everything that happens comes through one queue and is dealt with in order by one task; handlers and calls run in child tasks beside
/// it.
final class QueueEngine: Sendable {
    enum Input: Sendable {
        case event(QueueConsumerStateMachine.Event)
        case received(poll: Int, [QueueRecord])
        case handled(Int, HandlerResult)
    }

    /// How a handler ended, and what it threw.
    struct HandlerResult: Sendable {
        var outcome: QueueConsumerStateMachine.HandlerOutcome
        var error = ""
        var nanoseconds: Int64 = 0
    }

    let configuration: QueueConsumer.Configuration
    let metrics: QueueConsumerMetrics
    let logger: Logger
    let time: any TimeSource
    let onEvent: @Sendable (QueueConsumerEvent) -> Void
    let timer: QueueTimer
    private let kinesis: any KinesisCalling
    private let processor: any QueueRecordProcessor
    private let knownARN = Mutex<String?>(nil)
    /// The last ARN that was told of.
    private let toldARN = Mutex<String?>(nil)
    private let inputs: AsyncStream<Input>
    private let queue: AsyncStream<Input>.Continuation

    init(
        configuration: QueueConsumer.Configuration,
        kinesis: any KinesisCalling,
        processor: any QueueRecordProcessor,
        time: any TimeSource,
        metrics: QueueConsumerMetrics,
        logger: Logger,
        onEvent: @escaping @Sendable (QueueConsumerEvent) -> Void
    ) {
        self.configuration = configuration
        self.kinesis = kinesis
        self.processor = processor
        self.time = time
        self.metrics = metrics
        self.logger = logger
        self.onEvent = onEvent
        timer = QueueTimer(time: time)
        (inputs, queue) = AsyncStream.makeStream()
    }

    /// Asks the consumer to finish what runs and return the rest. May be called at any time.
    func shutdown() { send(.event(.shutdown)) }

    func send(_ input: Input) { queue.yield(input) }

    /// Returns after a shutdown; when its task is cancelled it drops everything.
    func run() async throws {
        var loop = QueueLoop(engine: self)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.timer.run { self.send(.event(.tick)) } }
            loop.handle(.event(.tick), &group)
            for await input in inputs {
                loop.handle(input, &group)
                if loop.isFinished { break }
            }
            loop.cancelAll()
            group.cancelAll()
        }
        // At the end of a shutdown those that still run had their time, and go on alone if they do not end when they are cancelled.
        if !loop.isFinished { await loop.waitForHandlers() }
        onEvent(.stopped)
        if let error = loop.endError { throw error }
    }

    // MARK: Handlers

    /// Has the handler process a record.
    func process(_ record: ReceivedRecord) async -> HandlerResult {
        var logger = logger
        logger[metadataKey: "record.id"] = .string(record.recordID)
        let context = QueueContext(
            queue: configuration.queue,
            queueARN: knownARN.withLock { $0 } ?? configuration.queue,
            logger: logger
        )
        let (age, isOver) = time.wallMilliseconds.subtractingReportingOverflow(
            record.approximateArrival.millisecondsSinceEpoch
        )
        if !isOver { metrics.age.record(max(0, age)) }
        let beganAt = time.monotonicNanoseconds
        do {
            try await traced(record, context)
            return HandlerResult(
                outcome: .succeeded,
                nanoseconds: Int64(time.monotonicNanoseconds - beganAt)
            )
        } catch let rejection as RecordRejection {
            return HandlerResult(outcome: .rejected, error: rejection.reason)
        } catch let later as RetryLater {
            return HandlerResult(
                outcome: .failed(pauseSeconds: QueueBackOff.seconds(later.pause)),
                error: later.description
            )
        } catch {
            return HandlerResult(outcome: .failed(pauseSeconds: nil), error: String(describing: error))
        }
    }

    private func traced(_ record: ReceivedRecord, _ context: QueueContext) async throws {
        try await WeirTracing.traced(
            "process \(configuration.queue)",
            .consumer,
            [
                ("messaging.system", .text("kinesis")),
                ("messaging.operation.type", .text("process")),
                ("messaging.destination.name", .text(configuration.queue)),
                ("messaging.message.id", .text(record.recordID)),
                ("weir.attempt", .number(record.receiveCount)),
            ]
        ) { _ in
            try await processor.process(record, context)
        }
    }

    // MARK: Calls

    /// The ARN of the queue: looked up by its name when it is not known.
    private func queueARN() async throws(ServiceError) -> String {
        if let known = knownARN.withLock({ $0 }) { return known }
        let found: String
        if configuration.queue.hasPrefix("arn:") {
            found = configuration.queue
        } else {
            let named = try await kinesis.findQueue(named: configuration.queue)
            guard let named, named.queueStatus != QueueStatus.deleting.rawValue else {
                throw ServiceError(.resourceNotFound, "Queue \(configuration.queue) not found.")
            }
            found = named.queueARN
        }
        knownARN.withLock { $0 = found }
        let isNew = toldARN.withLock { told in
            defer { told = found }
            return told != found
        }
        if isNew { onEvent(.started(queueARN: found)) }
        return found
    }

    func receive(poll: Int, limit: Int) async {
        do throws(ServiceError) {
            let arn = try await queueARN()
            let records = try await kinesis.receiveQueueRecords(
                arn: arn,
                limit: limit,
                waitTimeSeconds: QueueBackOff.seconds(configuration.longestWait),
                visibilityTimeoutSeconds: QueueBackOff.seconds(configuration.visibilityTimeout)
            )
            if records.isEmpty { metrics.emptyReceives.increment() } else { metrics.receives.increment() }
            send(.received(poll: poll, records))
        } catch {
            let failure = error.code == .resourceNotFound ? await explain(error) : Self.failure(error)
            send(.event(.receiveFailed(poll: poll, failure)))
        }
    }

    /// A queue that does not deliver may be missing, or not yet active.
    private func explain(_ error: ServiceError) async -> QueueConsumerStateMachine.Failure {
        if let arn = knownARN.withLock({ $0 }) {
            do throws(ServiceError) {
                let status = try await kinesis.describeQueue(arn: arn).queueStatus
                if status != QueueStatus.deleting.rawValue { return .transient(error) }
            } catch {
                // Whoever may not ask takes the error for what it most often means.
                guard error.code == .resourceNotFound || error.code == .accessDenied else { return Self.failure(error) }
            }
        }
        knownARN.withLock { $0 = nil }
        return .queueMissing(error)
    }

    func acknowledge(call: Int, _ handles: [String: Int]) async {
        await settle(call, handles) { arn throws(ServiceError) in
            try await self.kinesis.acknowledgeQueueRecords(arn: arn, receiptHandles: Array(handles.keys))
        }
    }

    func changeVisibility(call: Int, _ handles: [String: Int], _ entries: [QueueVisibilityEntry]) async {
        await settle(call, handles) { arn throws(ServiceError) in
            try await self.kinesis.updateQueueRecordsVisibility(arn: arn, entries: entries)
        }
    }

    /// Calls an action about deliveries, whose numbers are those of their receipt handles.
    private func settle(
        _ call: Int,
        _ handles: [String: Int],
        _ body: @escaping @Sendable (String) async throws(ServiceError) -> QueueEntriesOutput
    ) async {
        do throws(ServiceError) {
            let arn = try await queueARN()
            let answer = try await limited { () throws(ServiceError) in try await body(arn) }
            var outcomes: [Int: QueueConsumerStateMachine.EntryOutcome] = [:]
            for entry in answer.successful {
                if let id = handles[entry.receiptHandle] { outcomes[id] = .done }
            }
            for entry in answer.failed {
                if let id = handles[entry.receiptHandle] { outcomes[id] = Self.outcome(of: entry) }
            }
            send(.event(.answered(call: call, outcomes)))
        } catch {
            if error.code != .cancelled {
                logger.debug("A call about records failed", metadata: ["error.message": .string("\(error)")])
            }
            send(.event(.callFailed(call: call, Self.failure(error))))
        }
    }

    /// Ends a call that is not answered in time to be of use: the records' time goes on meanwhile.
    private func limited<T: Sendable>(
        _ call: @escaping @Sendable () async throws(ServiceError) -> T
    ) async throws(ServiceError) -> T {
        let time = time
        let limit = max(.seconds(1), configuration.visibilityTimeout / 3)
        let result = await withTaskGroup(of: Result<T, ServiceError>.self) { group in
            group.addTask {
                do throws(ServiceError) {
                    return .success(try await call())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await time.sleep(for: limit)
                return .failure(ServiceError(.timeout, "The call was not answered in time."))
            }
            let first = await group.next() ?? .failure(ServiceError(.cancelled, "The call was cancelled."))
            group.cancelAll()
            return first
        }
        return try result.get()
    }

    private static func outcome(of entry: QueueErrorEntry) -> QueueConsumerStateMachine.EntryOutcome {
        switch ServiceError.Code(rawValue: entry.errorCode) {
        case .resourceNotFound, .invalidArgument, .validation: .gone
        default: .failed
        }
    }

    private static func failure(_ error: ServiceError) -> QueueConsumerStateMachine.Failure {
        switch error.code {
        case .clientShutDown: .clientEnded(error)
        case .resourceNotFound: .queueMissing(error)
        case .cancelled, .limitExceeded, .malformedResponse: .transient(error)
        default: error.isRetryable ? .transient(error) : .refused(error)
        }
    }
}
