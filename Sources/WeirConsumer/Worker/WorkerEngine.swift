import CoreMetrics
import Logging
import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime
import WeirTracing
import WeirWire

/// Drives the lease machine of one worker: performs its actions, tells it what became of them, and runs the consumers.
///
/// Everything that happens comes through one queue and is dealt with in order by one task; calls to services run in
/// child tasks beside it.
final class WorkerEngine: Sendable {
    enum Input: Sendable {
        case event(LeaseStateMachine.Event)
        /// It is time to measure what the consumers were given.
        case measure
        /// A timer that was set for this deadline went off.
        case timer(UInt64)
        /// The worker is to stop.
        case shutdown
        /// A shutdown has taken too long.
        case shutdownTimeout
    }

    let environment: WorkerEnvironment
    let waiters = CheckpointWaiters()
    private let leaseTableUse: @Sendable () -> LeaseTableUse
    /// The streams that are read.
    let streams: StreamFollower
    private let inputs: AsyncStream<Input>
    private let queue: AsyncStream<Input>.Continuation
    /// Ends the waits of the start when a shutdown comes first.
    private let start: ConsumerControl

    init(environment: WorkerEnvironment, leaseTableUse: @escaping @Sendable () -> LeaseTableUse) {
        self.leaseTableUse = leaseTableUse
        self.environment = environment
        start = ConsumerControl(holdUntil: .max, time: environment.time)
        let (inputs, queue) = AsyncStream<Input>.makeStream()
        (self.inputs, self.queue) = (inputs, queue)
        streams = StreamFollower(environment: environment) { queue.yield(.event($0)) }
    }

    private var configuration: ConsumerWorker.Configuration { environment.configuration }
    private var logger: Logger { environment.logger }

    /// Asks the worker to finish what runs and give its leases up. May be called at any time.
    func shutdown() {
        start.stop(.shutdownRequested)
        queue.yield(.shutdown)
    }

    func send(_ input: Input) { queue.yield(input) }

    /// Returns after a shutdown; when its task is cancelled it drops everything and gives no lease up.
    func run() async throws {
        defer { waiters.close() }
        guard let created = try await prepare() else { return }
        environment.onEvent(.started)
        var loop = WorkerLoop(engine: self)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.streams.run() }
            group.addTask { await self.followChanges() }
            group.addTask { await self.tellLeaseTableUse() }
            if configuration.balance == .throughput { group.addTask { await self.measureRepeatedly() } }
            loop.handle(.event(.created(created)), &group)
            loop.handle(.event(.tick), &group)
            for await input in inputs {
                loop.handle(input, &group)
                if loop.isFinished { break }
            }
            waiters.close()
            loop.cancelConsumers()
            group.cancelAll()
        }
        environment.onEvent(.stopped)
    }

    /// Makes the lease table, and the leases of shards of the only stream that it does not know: several streams are looked for
    /// when the worker runs. Several workers may do so at once. Nil when a shutdown came first.
    private func prepare() async throws -> [Lease]? {
        var failures = 0
        while await start.mayHandOut() {
            do {
                try await environment.leaseStore.createTable()
                await environment.leaseStore.lookForKCL3()
                if let only = streams.onlyStream { return try await only.synchronizer.synchronize(isFirst: true) }
                let store = environment.leaseStore
                try store.scope.check(try await store.scan(), table: store.table.name)
                return []
            } catch let error as ServiceError where error.isRetryable {
                failures += 1
                logger.warning("Could not start yet: trying again", metadata: ["error.message": .string("\(error)")])
                await start.sleep(for: Backoff.pause(failures: failures, environment.random))
            }
        }
        return nil
    }

    /// As often as shards and leases are compared.
    private func tellLeaseTableUse() async {
        var before = LeaseTableUse()
        var beganAt = environment.time.monotonicNanoseconds
        while (try? await environment.time.sleep(for: configuration.shardSyncInterval)) != nil {
            let (use, now) = (leaseTableUse(), environment.time.monotonicNanoseconds)
            let duration = Duration.nanoseconds(Int64(now - beganAt))
            environment.onEvent(.leaseTableUsed(use - before, during: duration))
            (before, beganAt) = (use, now)
        }
    }

    /// As often as leases are renewed.
    private func measureRepeatedly() async {
        while (try? await environment.time.sleep(for: configuration.failoverTime / 3)) != nil { send(.measure) }
    }

    // MARK: The lease table's change feed

    /// Tells the machine of changes of the table as they are made, where the service tells of them.
    private func followChanges() async {
        while true {
            do throws(ServiceError) {
                for try await event in environment.leaseStore.changes() { send(event) }
                return
            } catch {
                switch error.code {
                case .cancelled, .clientShutDown: return
                case .notSupported:
                    return logger.debug("The lease table has no change feed: it is scanned now and then")
                case .accessDenied:
                    // A policy from before the feed. The worker does its work without it.
                    return logger.warning(
                        "dynamodb:WatchTable is not allowed: the lease table is scanned now and then instead",
                        metadata: ["error.message": .string("\(error)")]
                    )
                default:
                    logger.warning(
                        "The change feed of the lease table failed",
                        metadata: ["error.message": .string("\(error)")]
                    )
                }
            }
            guard (try? await environment.time.sleep(for: configuration.shardSyncInterval)) != nil else { return }
        }
    }

    private func send(_ event: TableChangeEvent) {
        switch event {
        case .scanAgain: send(.event(.missedChanges))
        case .changes(let items):
            environment.leaseStore.kcl3Watch?.note(items.lazy.compactMap(\.newImage))
            // In order: a lease may have been deleted and made again.
            var rest = items[...]
            while let first = rest.first {
                let isDeletion = first.newImage == nil
                let run = rest.prefix { ($0.newImage == nil) == isDeletion }
                rest = rest.dropFirst(run.count)
                if isDeletion {
                    send(.event(.deleted(run.compactMap { Lease.key(of: $0.key) })))
                } else {
                    send(.event(.changed(run.compactMap { $0.newImage.flatMap { Lease(item: $0) } })))
                }
            }
        }
    }

    // MARK: Checkpoints

    /// Moves a shard's checkpoint, and returns when that is durable. False when the lease was lost.
    func checkpoint(_ lease: Lease, of stream: ReadStream, _ checkpoint: LeaseCheckpoint) async -> Bool {
        let startedAt = environment.time.monotonicNanoseconds
        let (key, metrics) = (lease.key, stream.environment.metrics)
        let isMoved = await traced(
            "checkpoint \(stream.stream.name)",
            .internalWork,
            attributes(of: lease, stream, ("weir.checkpoint", .text(checkpoint.description)))
        ) { span in
            let isMoved = await waiters.wait(key, .checkpoint(checkpoint)) {
                send(.event(.checkpoint(key: key, checkpoint)))
            }
            if !isMoved { span.set("error.type", .text("lease_lost")) }
            return isMoved
        }
        if isMoved {
            metrics.checkpointTime.recordNanoseconds(
                Int64(environment.time.monotonicNanoseconds - startedAt)
            )
        } else {
            metrics.checkpointFailures.increment()
        }
        return isMoved
    }

    // MARK: Calls to the lease table

    func scan() async {
        let leases = await attempt { () throws(ServiceError) in try await self.environment.leaseStore.scan() }
        send(.event(leases.map { .scanned($0) } ?? .scanFailed))
    }

    func read(_ key: String) async {
        // The outer nil: the read failed; the inner one: there is no such lease.
        let lease = await attempt { () throws(ServiceError) in try await self.environment.leaseStore.lease(key) }
        let outcome: LeaseReadOutcome
        switch lease {
        case .some(.some(let lease)): outcome = .found(lease)
        case .some(.none): outcome = .absent
        case .none: outcome = .failed
        }
        send(.event(.read(key: key, outcome)))
    }

    func perform(_ write: LeaseWrite) async {
        guard isTracing, case .take = write.change else {
            return send(.event(.wrote(write, await written(write))))
        }
        let stream = streams.stream(of: write.lease)
        let outcome = await traced(
            "take lease of \(stream?.stream.name ?? configuration.applicationName)",
            .internalWork,
            attributes(of: write.lease, stream, ("weir.worker.before", .text(write.lease.owner ?? "none")))
        ) { span in
            let outcome = await written(write)
            span.set("weir.lease.outcome", .text("\(outcome)"))
            return outcome
        }
        send(.event(.wrote(write, outcome)))
    }

    private func written(_ write: LeaseWrite) async -> LeaseWriteOutcome {
        await attempt { () throws(ServiceError) -> LeaseWriteOutcome in
            do throws(ServiceError) {
                try await self.environment.leaseStore.perform(write)
                return .succeeded
            } catch  where error.code == .conditionalCheckFailed {
                return .conditionFailed
            }
        } ?? .unknown
    }

    /// What a span of a shard's lease tells.
    private func attributes(
        of lease: Lease,
        _ stream: ReadStream?,
        _ more: (String, SpanValue)
    ) -> [(String, SpanValue)] {
        [
            ("messaging.destination.name", .text(stream?.stream.name ?? "")),
            ("messaging.destination.partition.id", .text(lease.shardID)),
            ("messaging.consumer.group.name", .text(configuration.applicationName)),
            ("weir.worker.id", .text(configuration.workerID)),
            more,
        ]
    }

    /// Nil when the call failed or was not answered in half the fail-over time: an answer that comes later is of no use.
    private func attempt<T: Sendable>(
        _ call: @escaping @Sendable () async throws(ServiceError) -> T
    ) async -> T? {
        let time = environment.time
        let limit = configuration.failoverTime / 2
        let logger = logger
        return await withTaskGroup(of: T?.self) { group in
            group.addTask {
                do throws(ServiceError) {
                    return try await call()
                } catch {
                    if !Task.isCancelled {
                        logger.warning(
                            "A call to the lease table failed",
                            metadata: ["error.message": .string("\(error)")]
                        )
                    }
                    return nil
                }
            }
            group.addTask {
                try? await time.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
