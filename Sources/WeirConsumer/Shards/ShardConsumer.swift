import CoreMetrics
import Logging
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// Reads one shard from its checkpoint on and hands the records to the handler, until the shard ends or the lease goes.
struct ShardConsumer: Sendable {
    let lease: Lease
    let stream: ReadStream
    let control: ConsumerControl
    let context: ShardContext
    /// Tells the worker of leases that were created for shards that go on where this one ended.
    let announce: @Sendable ([Lease]) -> Void

    private enum Ending {
        case stopRequested
        case halted
        case shardEnded([ChildShard])
    }

    private var environment: WorkerEnvironment { stream.environment }
    /// What tells the shard from all others of the application.
    private var key: String { lease.key }
    private var logger: Logger { context.logger }

    /// Returns when the consumer has stopped and the checkpoint is where it belongs.
    func run() async {
        environment.onEvent(.shardStarted(shardID: key, checkpoint: lease.checkpoint))
        logger.info("Started to read a shard", metadata: ["checkpoint.position": .string(lease.checkpoint.description)])
        let processor = environment.handler.makeProcessor(context)
        let shardMetrics = environment.metrics.ofShard(lease.shardID)
        defer { shardMetrics?.destroy() }
        let tools = DeliveryTools(
            processor: processor,
            context: context,
            environment: environment,
            control: control,
            shardMetrics: shardMetrics
        )
        let keeper = CheckpointKeeper(
            checkpoint: lease.checkpoint,
            checkpointer: context.checkpointer,
            environment: environment
        )
        guard await initialize(processor) else { return await left(processor, keeper) }
        switch await readOn(tools, keeper) {
        case .stopRequested: await left(processor, keeper)
        case .halted: await keeper.save()
        case .shardEnded(let children): await ended(processor, keeper, children)
        }
    }

    private func initialize(_ processor: any RecordProcessor) async -> Bool {
        await retry("initialize the processor") { try await processor.initialize(context) }
    }

    private func readOn(_ tools: DeliveryTools, _ keeper: CheckpointKeeper) async -> Ending {
        var lease = lease
        let isFixed = await retry("fix where the shard begins") {
            lease.initialTimestamp = try await initialTimestamp()
        }
        guard isFixed else { return .stopRequested }
        // The processor may have committed what was prepared before.
        lease.checkpoint = max(lease.checkpoint, context.checkpointer.checkpoint ?? lease.checkpoint)
        let buffer = PageBuffer(environment.configuration.prefetch)
        control.whenStopped { buffer.close() }
        let feed = ShardFeed(
            lease: lease,
            stream: stream,
            control: control,
            logger: logger,
            buffer: buffer,
            shardMetrics: tools.shardMetrics
        )
        // The next records are read while the handler works on those before them. The task is cancelled at the end.
        async let _ = feed.run()
        async let _ = keeper.saveWhatIsDue()
        let ending = await deliver(from: buffer, tools, keeper)
        buffer.close()
        return ending
    }

    private func deliver(from buffer: PageBuffer, _ tools: DeliveryTools, _ keeper: CheckpointKeeper) async -> Ending {
        guard environment.configuration.parallelismPerShard > 1 else {
            return await deliver(from: buffer, BatchDelivery(tools: tools, keeper: keeper))
        }
        let delivery = ParallelDelivery(tools: tools, keeper: keeper)
        control.whenStopped { delivery.closeGaps() }
        return await withDiscardingTaskGroup { group in
            for _ in 0..<delivery.parallelism { group.addTask { await delivery.work() } }
            let ending = await deliver(from: buffer, delivery)
            // What is in hand is finished, and what it left behind; nothing is cancelled.
            delivery.closeGaps()
            return ending
        }
    }

    private func deliver(from buffer: PageBuffer, _ delivery: some PageDelivery) async -> Ending {
        while await control.mayHandOut(), let element = await buffer.next() {
            let outcome: PortionDelivery.Outcome
            switch element {
            case .page(let page): outcome = await delivery.deliver(page)
            case .end(let children):
                outcome = await delivery.finish()
                if outcome == .delivered { return .shardEnded(children) }
            }
            switch outcome {
            case .delivered: break
            case .stopped: return .stopRequested
            case .halted: return .halted
            }
        }
        return .stopRequested
    }

    /// The time that the checkpoint LATEST or AT_TIMESTAMP stands for. Workers of the KCL make leases without one: then it
    /// is fixed now, once for all that may read the shard later.
    private func initialTimestamp() async throws(ServiceError) -> Timestamp? {
        if let known = lease.initialTimestamp { return known }
        let timestamp: Timestamp
        switch (lease.checkpoint, environment.configuration.initialPosition) {
        case (.trimHorizon, _), (.sequenceNumber, _), (.shardEnd, _): return nil
        case (.latest, _): timestamp = Timestamp(millisecondsSinceEpoch: environment.time.wallMilliseconds)
        case (.atTimestamp, .atTimestamp(let configured)): timestamp = configured
        case (.atTimestamp, _):
            throw ServiceError(
                .configuration,
                "The lease of \(key) begins at a time, but the worker's initialPosition names none"
            )
        }
        return try await environment.leaseStore.fixInitialTimestamp(timestamp, of: key)
    }

    /// Another worker goes on: after this one's checkpoint, unless the lease is lost already.
    private func left(_ processor: any RecordProcessor, _ keeper: CheckpointKeeper) async {
        switch control.stopReason {
        case .shutdownRequested:
            await processor.shutdownRequested(context)
            await keeper.save()
        case .shutdownTimedOut:
            // The lease is still held: what was processed before is checkpointed, and first, since time is up.
            await keeper.save()
            await processor.shutdownRequested(context)
        case .leaseLost: await processor.leaseLost(context)
        case nil: break
        }
    }

    private func ended(
        _ processor: any RecordProcessor,
        _ keeper: CheckpointKeeper,
        _ children: [ChildShard]
    ) async {
        let isDone = await retry("prepare the shards that go on after the end") {
            announce(try await stream.synchronizer.createChildren(children, of: lease.shardID))
        }
        guard isDone, await retry("end the processor", { try await processor.shardEnded(context) }) else {
            return await left(processor, keeper)
        }
        guard await context.checkpointer.checkpoint(.shardEnd) else { return await left(processor, keeper) }
        logger.info(
            "Processed a shard to its end",
            metadata: ["shard.children": .array(children.map { .string($0.shardID) })]
        )
        environment.metrics.shardsEnded.increment()
        environment.onEvent(.shardEnded(shardID: key, children: children.map(\.shardID).sorted()))
    }

    /// Repeats an operation until it succeeds. False when the consumer is to stop.
    private func retry(_ purpose: String, _ operation: () async throws -> Void) async -> Bool {
        var failures = 0
        while await control.mayHandOut() {
            do {
                try await operation()
                return !control.isCancelled
            } catch {
                failures += 1
                logger.warning("Could not \(purpose): trying again", metadata: ["error.message": .string("\(error)")])
                await control.sleep(for: Backoff.pause(failures: failures, environment.random))
            }
        }
        return false
    }
}
