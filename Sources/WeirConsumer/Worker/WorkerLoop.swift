import CoreMetrics
import Logging
import WeirLeases
import WeirRuntime

/// The state of a running worker, owned by the one task that deals with its inputs.
struct WorkerLoop {
    private let engine: WorkerEngine
    private var machine: LeaseStateMachine
    private var consumers: [String: ConsumerControl] = [:]
    private var meter: ThroughputMeter
    private var timer = UInt64.max
    private var isShuttingDown = false
    /// Whether everything is given up after a shutdown.
    private(set) var isFinished = false

    init(engine: WorkerEngine) {
        self.engine = engine
        let configuration = engine.environment.configuration
        var leases = LeaseStateMachine.Configuration(
            workerID: configuration.workerID,
            failoverTime: configuration.failoverTime
        )
        leases.maximumLeases = configuration.maximumLeases
        leases.balance = configuration.balance
        leases.scope = engine.environment.leaseStore.scope
        if let timeout = configuration.handOffTimeout { leases.handOffTimeout = timeout }
        meter = ThroughputMeter(startedAt: engine.environment.time.monotonicNanoseconds)
        machine = LeaseStateMachine(configuration: leases, seed: engine.environment.random.next())
    }

    private var environment: WorkerEnvironment { engine.environment }
    private var now: UInt64 { environment.time.monotonicNanoseconds }

    mutating func handle(_ input: WorkerEngine.Input, _ group: inout DiscardingTaskGroup) {
        switch input {
        case .event(let event):
            if case .consumerStopped(let key) = event { consumers[key] = nil }
            perform(machine.handle(event, at: now), &group)
        case .measure:
            let delivered = consumers.mapValues { $0.takeDelivered() }
            perform(machine.handle(.measured(meter.measure(delivered, at: now)), at: now), &group)
        case .timer(let deadline):
            guard deadline == timer else { return }
            timer = .max
            perform(machine.handle(.tick, at: now), &group)
        case .shutdown:
            guard !isShuttingDown else { return }
            isShuttingDown = true
            environment.logger.info("Shutting down: finishing what runs, giving the leases up")
            startShutdownTimer(&group)
            perform(machine.handle(.shutdown, at: now), &group)
        case .shutdownTimeout:
            environment.logger.warning("The shutdown takes too long: cancelling the handlers that still run")
            cancelConsumers()
        }
        setTimer(&group)
    }

    /// Cancels the handlers that run.
    func cancelConsumers() {
        for (_, control) in consumers.sorted(by: { $0.key < $1.key }) { control.stop(.shutdownTimedOut) }
    }

    private func startShutdownTimer(_ group: inout DiscardingTaskGroup) {
        let engine = engine
        group.addTask {
            let environment = engine.environment
            guard (try? await environment.time.sleep(for: environment.configuration.shutdownTimeout)) != nil else {
                return
            }
            engine.send(.shutdownTimeout)
        }
    }

    /// Sees to a tick at the machine's next deadline, unless one comes before.
    private mutating func setTimer(_ group: inout DiscardingTaskGroup) {
        let deadline = machine.nextDeadline
        guard deadline < timer else { return }
        timer = deadline
        let engine = engine
        // The clock is read once: between two readings the deadline may pass.
        let now = now
        let pause = Duration.nanoseconds(Int64(clamping: deadline > now ? deadline - now : 0))
        group.addTask {
            try? await engine.environment.time.sleep(for: pause)
            engine.send(.timer(deadline))
        }
    }

    private mutating func perform(_ actions: [LeaseStateMachine.Action], _ group: inout DiscardingTaskGroup) {
        let engine = engine
        for action in actions {
            switch action {
            case .scan: group.addTask { await engine.scan() }
            case .read(let key): group.addTask { await engine.read(key) }
            case .write(let write): group.addTask { await engine.perform(write) }
            case .startConsumer(let lease, let holdUntil): start(lease, holdUntil: holdUntil, &group)
            case .stopConsumer(let key, let reason): consumers[key]?.stop(.init(reason))
            case .holdUntil(let key, let deadline): consumers[key]?.hold(until: deadline)
            case .checkpointed(let key, let checkpoint):
                engine.waiters.succeed(key, upTo: checkpoint)
                environment.onEvent(.checkpointed(shardID: key, checkpoint))
            case .prepared(let key, let pending):
                engine.waiters.succeed(key, prepared: pending)
                environment.onEvent(.checkpointPrepared(shardID: key, pending.checkpoint))
            case .checkpointRefused(let key): engine.waiters.refuse(key)
            case .report(let report): tell(report)
            case .finished: isFinished = true
            }
        }
    }

    private mutating func start(_ lease: Lease, holdUntil: UInt64, _ group: inout DiscardingTaskGroup) {
        let engine = engine
        let key = lease.key
        guard let stream = engine.streams.stream(of: lease) else {
            // It has just been left out: the machine hears of that next, and gives the lease up.
            return engine.send(.event(.consumerStopped(key: key)))
        }
        let control = ConsumerControl(holdUntil: holdUntil, time: environment.time)
        consumers[key] = control
        let consumer = ShardConsumer(
            lease: lease,
            stream: stream,
            control: control,
            context: context(lease, stream, control),
            announce: { engine.send(.event(.created($0))) }
        )
        group.addTask {
            // A task of its own, so that this consumer can be cancelled alone.
            let task = Task(executorPreference: engine.environment.time.taskExecutor) { await consumer.run() }
            control.started(task)
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                control.stop(.shutdownTimedOut)
            }
            engine.send(.event(.consumerStopped(key: key)))
        }
    }

    private func context(_ lease: Lease, _ stream: ReadStream, _ control: ConsumerControl) -> ShardContext {
        let engine = engine
        let key = lease.key
        let checkpointer = Checkpointer(
            control: control,
            move: { checkpoint in
                await engine.checkpoint(lease, of: stream, checkpoint)
            },
            prepare: { pending in
                await engine.waiters.wait(key, .preparation(pending)) {
                    engine.send(.event(.prepare(key: key, pending)))
                }
            }
        )
        let configuration = stream.environment.configuration
        var logger = stream.environment.logger
        logger[metadataKey: "shard.id"] = .string(lease.shardID)
        return ShardContext(
            applicationName: configuration.applicationName,
            streamName: configuration.streamName,
            shardID: lease.shardID,
            leaseKey: key,
            workerID: configuration.workerID,
            logger: logger,
            pendingCheckpoint: lease.pendingCheckpoint.map {
                PreparedCheckpoint($0, shardID: lease.shardID, checkpointer: checkpointer)
            },
            checkpointer: checkpointer
        )
    }

    private func tell(_ report: LeaseReport) {
        let metrics = environment.metrics.leases
        metrics.held.record(machine.heldLeases.count)
        switch report {
        case .taken(let key, let from, let how):
            metrics.taken.increment()
            if how == .stolen { metrics.stolen.increment() }
            if how == .handedOver { metrics.received.increment() }
            log("Took a lease", key, ["worker.before": .string(from ?? "none"), "lease.taking": .string("\(how)")])
            environment.onEvent(.leaseTaken(shardID: key, from: from, how: how))
        case .lost(let key, let reason):
            metrics.lost.increment()
            log("Lost a lease", key, ["lease.loss": .string("\(reason)")])
            environment.onEvent(.leaseLost(shardID: key, reason: reason))
        case .released(let key):
            metrics.released.increment()
            log("Gave a lease up", key, [:])
            environment.onEvent(.leaseReleased(shardID: key))
        case .handedOver(let key, let worker):
            metrics.handedOver.increment()
            log("Handed a lease over", key, ["worker.next": .string(worker)])
            environment.onEvent(.leaseHandedOver(shardID: key, to: worker))
        case .requested(let key, let worker):
            metrics.requested.increment()
            log("Asked for a lease", key, ["worker.owner": .string(worker)])
            environment.onEvent(.leaseRequested(shardID: key, from: worker))
        }
    }

    private func log(_ message: Logger.Message, _ key: String, _ metadata: Logger.Metadata) {
        var metadata = metadata
        metadata["shard.id"] = .string(Lease.shardID(ofKey: key))
        if let stream = machine.lease(key)?.stream { metadata["stream.name"] = .string(stream.streamName) }
        environment.logger.info(message, metadata: metadata)
    }
}
