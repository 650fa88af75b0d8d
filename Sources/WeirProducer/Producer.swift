import Logging
import Metrics
import NIOCore
import ServiceLifecycle
import Synchronization
import WeirClient
import WeirModel
import WeirRuntime
import WeirTracing
import WeirWire

/// Puts records into one stream: in batches, again when they fail, and never more at a time than it has room for.
///
/// A producer works while `run()` runs, in a service group or in the scope of
/// ``withProducer(stream:client:configuration:logger:metricsFactory:_:)``. A put before that waits for it, at most for
/// the record's time to live. At a graceful shutdown it puts everything it has accepted, then ends; a put after that
/// fails with `shutDown`. When its task is cancelled, everything that is not acknowledged fails at once.
///
/// A record may be put twice when the answer to a call was lost; its order among the records of its key, counted by the
/// first time, is kept (see ``ProducerConfiguration/Ordering``).
public final class Producer: Service, Sendable {
    private enum Command: Sendable {
        case send(ProducerStateMachine<PendingPut>.Batch)
        case wake(at: UInt64)
        case finish
    }

    private struct State {
        var machine: ProducerStateMachine<PendingPut>
        var isRunning = false
        /// Nil for a put that is accepted, an error for one that is not.
        var waiters: [UInt64: OneShot<ProducerError?>] = [:]
        var flushes: [UInt64: OneShot<Void>] = [:]
    }

    private let stream: String
    private let client: any KinesisCalling
    private let configuration: ProducerConfiguration
    private let logger: Logger
    private let metrics: ProducerMetrics
    private let seams: ClientSeams
    private let state: Mutex<State>
    private let started = OneShot<Void>()
    private let commands: AsyncStream<Command>
    private let commandQueue: AsyncStream<Command>.Continuation

    /// A producer. Throws `invalidConfiguration` when a value is out of its range.
    ///
    /// - Parameters:
    ///   - stream: The name of the stream.
    ///   - client: Calls the service. Its own retries come before the producer's.
    ///   - configuration: How it batches, repeats and bounds.
    ///   - logger: Gets messages at `debug` and below.
    ///   - metricsFactory: Makes the metrics; nil for none.
    public convenience init(
        stream: String,
        client: any KinesisCalling,
        configuration: ProducerConfiguration = ProducerConfiguration(),
        logger: Logger,
        metricsFactory: (any MetricsFactory)? = nil
    ) throws(ProducerError) {
        try self.init(
            stream: stream,
            client: client,
            configuration: configuration,
            logger: logger,
            metricsFactory: metricsFactory,
            seams: ClientSeams()
        )
    }

    package init(
        stream: String,
        client: any KinesisCalling,
        configuration: ProducerConfiguration,
        logger: Logger,
        metricsFactory: (any MetricsFactory)? = nil,
        seams: ClientSeams
    ) throws(ProducerError) {
        try configuration.validate()
        self.stream = stream
        self.client = client
        self.configuration = configuration
        self.logger = logger
        metrics = ProducerMetrics(stream: stream, factory: metricsFactory ?? NOOPMetricsHandler.instance)
        self.seams = seams
        state = Mutex(State(machine: ProducerStateMachine(configuration: configuration)))
        (commands, commandQueue) = AsyncStream.makeStream(of: Command.self)
    }

    // MARK: Putting

    /// Puts a record and waits until the service has it. Waits before that while there is no room.
    ///
    /// Throws `invalidRecord`, `notRunning` or `shutDown` when the record is not accepted; `expired`, `refused` or
    /// `shutDown` when it was not put; `cancelled` with the task, when an accepted record is put all the same.
    ///
    /// - Parameters:
    ///   - data: With the partition key at most 1 MiB.
    ///   - partitionKey: 1 to 256 characters; records of one key go to one shard.
    ///   - explicitHashKey: A decimal number below 2^128 that chooses the shard instead of the partition key.
    @discardableResult
    public func put(
        _ data: ByteBuffer,
        partitionKey: String,
        explicitHashKey: String? = nil
    ) async throws(ProducerError) -> PutReceipt {
        try await enqueue(data, partitionKey: partitionKey, explicitHashKey: explicitHashKey).receipt()
    }

    /// Hands a record over and returns when the producer has accepted it. Waits while there is no room.
    ///
    /// Throws `invalidRecord`, `notRunning`, `shutDown` or `cancelled` when the record is not accepted.
    ///
    /// - Returns: The acknowledgement to come, which need not be waited for.
    @discardableResult
    public func enqueue(
        _ data: ByteBuffer,
        partitionKey: String,
        explicitHashKey: String? = nil
    ) async throws(ProducerError) -> PendingPut {
        let record = try ProducerRecord(data: data, partitionKey: partitionKey, explicitHashKey: explicitHashKey)
        if !started.isResolved { try await waitForRun() }
        let pending = PendingPut(
            beganAt: seams.time.monotonicNanoseconds,
            sizeInBytes: data.readableBytes + partitionKey.utf8.count
        )
        let room = OneShot<ProducerError?>()
        let admission = withMachine { state, now in
            let (admission, actions) = state.machine.put(record, ticket: pending, now: now)
            if case .waiting(let waiter) = admission { state.waiters[waiter] = room }
            return (admission, actions)
        }
        switch admission {
        case .accepted:
            return pending
        case .refused(let error):
            throw error
        case .waiting(let waiter):
            // Nil: the task was cancelled.
            if await room.value() == nil, cancelWaiting(waiter) {
                throw ProducerError(.cancelled, "The put was cancelled while it waited for room.")
            }
            // It is decided, or just being told so.
            if let refusal = await room.certainValue() { throw refusal }
            return pending
        }
    }

    /// Waits until every record accepted before is acknowledged or has failed; does not wait for company meanwhile.
    /// Throws `cancelled` with the task.
    public func flush() async throws(ProducerError) {
        let flushed = OneShot<Void>()
        let isPending = withMachine { state, now in
            let (flush, actions) = state.machine.flush(now: now)
            if let flush { state.flushes[flush] = flushed }
            return (flush != nil, actions)
        }
        guard isPending, await flushed.value() == nil else { return }
        throw ProducerError(.cancelled, "The wait for the flush was cancelled.")
    }

    /// Gives up the wait for room of a put whose task was cancelled; false when it was accepted or refused meanwhile.
    private func cancelWaiting(_ waiter: UInt64) -> Bool {
        withMachine { state, now in
            let (wasWaiting, actions) = state.machine.cancelWaiting(waiter, now: now)
            if wasWaiting { state.waiters[waiter] = nil }
            return (wasWaiting, actions)
        }
    }

    private func waitForRun() async throws(ProducerError) {
        let isRunning = await withTaskGroup(of: Bool.self) { group in
            group.addTask { [started] in await started.value() != nil }
            group.addTask { [seams, configuration] in
                try? await seams.time.sleep(for: configuration.recordTimeToLive)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        if isRunning { return }
        if Task.isCancelled { throw ProducerError(.cancelled, "The put was cancelled while it waited for run().") }
        throw ProducerError(.notRunning, "run() was not called within \(configuration.recordTimeToLive).")
    }

    // MARK: Running

    /// Puts what is accepted until the service group shuts down gracefully or the task is cancelled. Throws
    /// `alreadyRunning` the second time.
    public func run() async throws {
        let isFirst = state.withLock { state -> Bool in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFirst else { throw ProducerError(.alreadyRunning, "run() was called twice on one producer.") }
        started.resolve(())
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                commands: for await command in commands {
                    switch command {
                    case .send(let batch): group.addTask { await self.send(batch) }
                    case .wake(let time): group.addTask { await self.wake(at: time) }
                    case .finish: break commands
                    }
                }
                // Only after a cancellation there is something left.
                abort()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.shutDown()
        }
    }

    /// Accepts no further puts; `run()` ends when everything accepted is complete.
    func shutDown() {
        withMachine { state, now in ((), state.machine.shutDown(now: now)) }
    }

    private func abort() {
        withMachine { state, _ in ((), state.machine.abort()) }
    }

    private func wake(at time: UInt64) async {
        let now = seams.time.monotonicNanoseconds
        if time > now {
            guard (try? await seams.time.sleep(for: .nanoseconds(time - now))) != nil else { return }
        }
        withMachine { state, now in ((), state.machine.tick(now: max(now, time))) }
    }

    private func send(_ batch: ProducerStateMachine<PendingPut>.Batch) async {
        let began = seams.time.monotonicNanoseconds
        do {
            let response = try await put(batch)
            metrics.answered(response.records, after: seams.time.monotonicNanoseconds - began)
            withMachine { [seams] state, now in
                let results = response.records
                return ((), state.machine.responded(batch.id, results: results, now: now, jitter: seams.jitter()))
            }
        } catch {
            // Calls are cancelled only with run().
            if Task.isCancelled { return abort() }
            metrics.callFailed()
            logger.debug(
                "PutRecords failed",
                metadata: [
                    "stream.name": "\(stream)", "record.count": "\(batch.entries.count)", "error.message": "\(error)",
                ]
            )
            withMachine { [seams] state, now in
                ((), state.machine.requestFailed(batch.id, error: error, now: now, jitter: seams.jitter()))
            }
        }
    }

    private func put(
        _ batch: ProducerStateMachine<PendingPut>.Batch
    ) async throws(ServiceError) -> PutRecords.Response {
        try await traced(
            "send \(stream)",
            .producer,
            [
                ("messaging.system", .text("kinesis")),
                ("messaging.operation.type", .text("send")),
                ("messaging.destination.name", .text(stream)),
                ("messaging.batch.message_count", .number(batch.entries.count)),
                ("weir.records.repeated", .number(batch.repeatedCount)),
            ]
        ) { span throws(ServiceError) in
            let response = try await client.putRecords(batch.entries, stream: stream)
            if let count = response.failedRecordCount, count > 0 { span.set("weir.records.failed", .number(count)) }
            return response
        }
    }

    /// Puts that wait for room.
    var waitingCount: Int { state.withLock { $0.machine.waitingCount } }

    // MARK: The shell of the machine

    /// Tells the machine of an event, and performs what it wants after the lock is given back.
    private func withMachine<Result: Sendable>(
        _ event: (inout State, UInt64) -> (Result, [ProducerStateMachine<PendingPut>.Action])
    ) -> Result {
        var admissions: [(OneShot<ProducerError?>, ProducerError?)] = []
        var flushed: [OneShot<Void>] = []
        let (result, actions, bufferedSizeInBytes) = state.withLock { state in
            // Inside the lock, so that the machine's time never goes back.
            let (result, actions) = event(&state, seams.time.monotonicNanoseconds)
            for action in actions {
                switch action {
                case .admit(let waiter):
                    if let room = state.waiters.removeValue(forKey: waiter) { admissions.append((room, nil)) }
                case .refuse(let waiter, let error):
                    if let room = state.waiters.removeValue(forKey: waiter) { admissions.append((room, error)) }
                case .flushed(let flush):
                    if let waiting = state.flushes.removeValue(forKey: flush) { flushed.append(waiting) }
                case .send, .wake, .complete, .finish:
                    break
                }
            }
            return (result, actions, state.machine.bufferedSizeInBytes)
        }
        for action in actions {
            switch action {
            case .send(let batch):
                metrics.sent(
                    count: batch.entries.count,
                    repeatedCount: batch.repeatedCount,
                    bufferedSizeInBytes: bufferedSizeInBytes
                )
                commandQueue.yield(.send(batch))
            case .wake(let time):
                commandQueue.yield(.wake(at: time))
            case .complete(let pending, let outcome):
                metrics.completed(pending, outcome, at: seams.time.monotonicNanoseconds)
                pending.resolve(outcome)
            case .finish:
                commandQueue.yield(.finish)
            case .admit, .refuse, .flushed:
                break
            }
        }
        for (room, error) in admissions { room.resolve(error) }
        for waiting in flushed { waiting.resolve(()) }
        return result
    }
}
