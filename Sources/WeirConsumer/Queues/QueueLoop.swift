import CoreMetrics
import Logging
import NIOCore
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// The state of a running consumer of a queue, owned by the one task that deals with its inputs.
struct QueueLoop {
    private let engine: QueueEngine
    private var machine: QueueConsumerStateMachine
    private var records: [Int: QueueRecord] = [:]
    private var handlers: [Int: Task<QueueEngine.HandlerResult, Never>] = [:]
    private var polls: [Int: Task<Void, Never>] = [:]
    /// What the handlers threw whose records are about to be returned.
    private var errors: [Int: String] = [:]
    private var lastID = 0
    private var lastFailure: ServiceError.Code?
    private var isMissingTold = false
    /// Whether everything is over.
    private(set) var isFinished = false

    init(engine: QueueEngine) {
        self.engine = engine
        machine = QueueConsumerStateMachine(
            settings: .init(engine.configuration),
            seed: .random(in: 0 ... .max)
        )
    }

    /// Why the consumer ended of its own accord.
    var endError: ServiceError? { machine.endError }

    private var metrics: QueueConsumerMetrics { engine.metrics }

    mutating func handle(_ input: QueueEngine.Input, _ group: inout DiscardingTaskGroup) {
        let now = engine.time.monotonicNanoseconds
        perform(machine.handle(event(input), at: now), &group)
        metrics.held.record(machine.held.count)
        metrics.running.record(machine.handlers.count)
        engine.timer.set(machine.nextDeadline)
    }

    /// Cancels everything that runs.
    func cancelAll() {
        for task in handlers.values { task.cancel() }
        for task in polls.values { task.cancel() }
    }

    /// Waits for the handlers that still run.
    func waitForHandlers() async {
        for task in handlers.values { _ = await task.value }
    }

    private mutating func event(_ input: QueueEngine.Input) -> QueueConsumerStateMachine.Event {
        switch input {
        case .event(let event):
            if case .receiveFailed(let poll, _) = event { polls[poll] = nil }
            if case .shutdown = event { engine.logger.info("Shutting down: finishing what runs, returning the rest") }
            return event
        case .received(let poll, let batch):
            polls[poll] = nil
            lastFailure = nil
            isMissingTold = false
            metrics.received.increment(by: batch.count)
            engine.onEvent(.received(count: batch.count))
            metrics.redelivered.increment(by: batch.count { $0.receiveCount > 1 })
            let deliveries = batch.map { record in
                lastID += 1
                records[lastID] = record
                return QueueConsumerStateMachine.Delivery(id: lastID, receiveCount: record.receiveCount)
            }
            return .received(poll: poll, deliveries)
        case .handled(let id, let result):
            handlers[id] = nil
            // A record that went to another consumer is forgotten.
            if records[id] != nil { errors[id] = result.error }
            count(id, result)
            return .handled(id, result.outcome)
        }
    }

    private func count(_ id: Int, _ result: QueueEngine.HandlerResult) {
        guard result.outcome == .succeeded, machine.handlers[id]?.cancelReason == nil, let record = records[id] else {
            return
        }
        metrics.processingTime.recordNanoseconds(result.nanoseconds)
        metrics.records.increment()
        metrics.bytes.increment(by: record.data.readableBytes)
    }

    // MARK: Actions

    private mutating func perform(
        _ actions: [QueueConsumerStateMachine.Action],
        _ group: inout DiscardingTaskGroup
    ) {
        let engine = engine
        for action in actions {
            switch action {
            case .receive(let poll, let limit):
                // A task of its own, so that it can be cancelled alone.
                let task = Task { await engine.receive(poll: poll, limit: limit) }
                polls[poll] = task
                group.addTask { await task.value }
            case .cancelReceive(let poll): polls[poll]?.cancel()
            case .startHandler(let id): start(id)
            case .cancelHandler(let id, _): handlers[id]?.cancel()
            case .acknowledge(let call, let ids):
                let handles = handles(of: ids)
                group.addTask { await engine.acknowledge(call: call, handles) }
            case .changeVisibility(let call, let ids, let seconds):
                let handles = handles(of: ids)
                let entries = zip(ids, seconds).compactMap { id, seconds in
                    records[id].map {
                        QueueVisibilityEntry(receiptHandle: $0.receiptHandle, visibilityTimeoutSeconds: seconds)
                    }
                }
                group.addTask { await engine.changeVisibility(call: call, handles, entries) }
            case .report(let report):
                tell(report)
                if let id = report.releasedID {
                    records[id] = nil
                    errors[id] = nil
                }
            case .finished: isFinished = true
            }
        }
    }

    private func handles(of ids: [Int]) -> [String: Int] {
        var handles: [String: Int] = [:]
        for id in ids {
            if let record = records[id] { handles[record.receiptHandle] = id }
        }
        return handles
    }

    private mutating func start(_ id: Int) {
        guard let record = records[id].map({ ReceivedRecord($0) }) else { return }
        let engine = engine
        let task = Task { await engine.process(record) }
        handlers[id] = task
        // No child of the group: a handler that does not end must not keep the consumer from ending.
        Task { engine.send(.handled(id, await task.value)) }
    }

    // MARK: Telling

    private mutating func tell(_ report: QueueReport) {
        switch report {
        case .acknowledged(let id):
            metrics.acknowledged.increment()
            engine.onEvent(.acknowledged(recordID: recordID(id)))
        case .acknowledgementRefused(let id):
            metrics.acknowledgementsRefused.increment()
            log(.info, "A record was handled and its acknowledgement not taken: it may come again", id)
            engine.onEvent(.acknowledgementRefused(recordID: recordID(id)))
        case .returned(let id, let seconds):
            metrics.returned.increment()
            engine.onEvent(.returned(recordID: recordID(id), seconds: seconds))
        case .failed(let id, let pause): tellFailure(id, pause)
        case .rejected(let id):
            metrics.rejected.increment()
            log(.warning, "The handler refused a record for good", id, ["error.message": .string(errors[id] ?? "")])
            engine.onEvent(.recordRejected(recordID: recordID(id), reason: errors[id] ?? ""))
        case .receiptLost(let id):
            metrics.lost.increment()
            log(.info, "A record went to another consumer", id)
            engine.onEvent(.receiptLost(recordID: recordID(id)))
        case .handlerTimedOut(let id):
            metrics.timeouts.increment()
            log(.info, "The handler took too long", id)
            engine.onEvent(.handlerTimedOut(recordID: recordID(id)))
        case .visibilityExpired(let id):
            metrics.expired.increment()
            log(.warning, "A record's time could not be extended: another consumer may get it", id)
            engine.onEvent(.visibilityExpired(recordID: recordID(id)))
        case .letGo(let id):
            metrics.expired.increment()
            log(.info, "Let a record go: it comes again when its time is over", id)
        case .extended(let count): metrics.extended.increment(by: count)
        case .extensionFailed(let count): metrics.extensionFailures.increment(by: count)
        case .receiveFailed(let code, let message): tellReceiveFailure(code, message)
        case .queueMissing:
            if !isMissingTold { engine.onEvent(.queueMissing) }
            isMissingTold = true
        }
    }

    private func tellFailure(_ id: Int, _ pause: Int) {
        metrics.failures.increment()
        let error = errors[id] ?? ""
        log(
            .info,
            "The handler failed",
            id,
            ["error.message": .string(error), "retry.delay": .stringConvertible(pause)]
        )
        let event = QueueConsumerEvent.recordFailed(
            recordID: recordID(id),
            receiveCount: records[id]?.receiveCount ?? 0,
            error: error,
            pauseSeconds: pause
        )
        engine.onEvent(event)
    }

    private mutating func tellReceiveFailure(_ code: ServiceError.Code, _ message: String) {
        let error = ServiceError(code, message)
        if error.isThrottling { metrics.receivesThrottled.increment() } else { metrics.receiveFailures.increment() }
        guard code != lastFailure else { return }
        lastFailure = code
        engine.logger.warning(
            "Could not receive records: trying again",
            metadata: ["error.message": .string("\(error)")]
        )
        engine.onEvent(.receiveFailed(error: "\(error)"))
    }

    private func recordID(_ id: Int) -> String { records[id]?.recordID ?? "" }

    private func log(
        _ level: Logger.Level,
        _ message: Logger.Message,
        _ id: Int,
        _ metadata: Logger.Metadata = [:]
    ) {
        var metadata = metadata
        metadata["record.id"] = .string(recordID(id))
        metadata["receive.count"] = .stringConvertible(records[id]?.receiveCount ?? 0)
        engine.logger.log(level: level, message, metadata: metadata)
    }
}

extension QueueConsumerStateMachine.Settings {
    init(_ configuration: QueueConsumer.Configuration) {
        concurrency = configuration.concurrency
        prefetch = configuration.prefetch
        visibility = QueueBackOff.seconds(configuration.visibilityTimeout)
        handlerTimeout = configuration.handlerTimeout.map { UInt64(nanosecondsOf: $0) } ?? .max
        acknowledgementDelay = UInt64(nanosecondsOf: configuration.acknowledgementDelay)
        backOff = configuration.backOff
        acknowledgesRejections = configuration.onRejection == .acknowledge
        waitsForQueue = configuration.onMissingQueue == .wait
        shutdownTimeout = UInt64(nanosecondsOf: configuration.shutdownTimeout)
    }
}
