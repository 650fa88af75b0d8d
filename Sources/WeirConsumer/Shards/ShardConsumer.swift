import CoreMetrics
import Logging
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// Reads one shard from its checkpoint on and hands the records to the handler, until the shard ends or the lease goes.
struct ShardConsumer: Sendable {
    let lease: Lease
    let environment: WorkerEnvironment
    let control: ConsumerControl
    let context: ShardContext
    /// Tells the worker of leases that were created for shards that go on where this one ended.
    let announce: @Sendable ([Lease]) -> Void

    private enum Ending {
        case stopRequested
        case halted
        case shardEnded([ChildShard])
    }

    private var shardID: String { lease.key }
    private var logger: Logger { context.logger }

    /// Returns when the consumer has stopped and the checkpoint is where it belongs.
    func run() async {
        environment.onEvent(.shardStarted(shardID: shardID, checkpoint: lease.checkpoint))
        logger.info("Started to read a shard", metadata: ["checkpoint": .string(lease.checkpoint.description)])
        let processor = environment.handler.makeProcessor(context)
        var delivery = BatchDelivery(
            processor: processor,
            context: context,
            environment: environment,
            control: control,
            checkpoint: lease.checkpoint
        )
        guard await initialize(processor) else { return await left(processor, &delivery) }
        switch await readOn(&delivery) {
        case .stopRequested: await left(processor, &delivery)
        case .halted: await delivery.save()
        case .shardEnded(let children): await ended(processor, &delivery, children)
        }
    }

    private func initialize(_ processor: any RecordProcessor) async -> Bool {
        await retry("initialize the processor") { try await processor.initialize(context) }
    }

    private func readOn(_ delivery: inout BatchDelivery) async -> Ending {
        let configuration = environment.configuration
        var lease = lease
        let isFixed = await retry("fix where the shard begins") {
            lease.initialTimestamp = try await initialTimestamp()
        }
        guard isFixed else { return .stopRequested }
        if lease.hashKeyRange == nil, configuration.deaggregation == .servedByShard {
            lease.hashKeyRange = await listedHashKeyRange()
        }
        var reader = ShardReader(
            streamName: configuration.streamName,
            lease: lease,
            deaggregation: configuration.deaggregation,
            kinesis: environment.kinesis,
            limit: configuration.maximumRecordsPerFetch
        )
        var failures = 0
        while await control.mayHandOut() {
            let page: ShardPage
            do throws(ServiceError) {
                page = try await reader.fetch()
                failures = 0
            } catch {
                failures += 1
                if let children = await recover(from: error, failures: failures) { return .shardEnded(children) }
                continue
            }
            environment.metrics.millisBehindLatest.record(page.millisBehindLatest)
            report(page.passage)
            switch await delivery.deliver(page.records, millisBehindLatest: page.millisBehindLatest) {
            case .delivered: break
            case .stopped: return .stopRequested
            case .halted: return .halted
            }
            if page.isEnd {
                if let children = await children(of: page) { return .shardEnded(children) }
                await control.sleep(for: .seconds(1))
            } else if page.millisBehindLatest == 0 {
                await control.sleep(for: configuration.idleInterval)
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
                "The lease of \(shardID) begins at a time, but the worker's initialPosition names none"
            )
        }
        return try await environment.leaseStore.fixInitialTimestamp(timestamp, of: shardID)
    }

    /// The hash keys that the stream says the shard serves: leases that another program made may lack them. Nil when the
    /// stream does not say: then no user record counts as stray, as with the KCL.
    private func listedHashKeyRange() async -> HashKeyRange? {
        guard let shards = try? await environment.synchronizer.shardList.shards(),
            let range = shards.first(where: { $0.shardID == shardID })?.hashKeyRange,
            let starting = HashKey(range.startingHashKey), let ending = HashKey(range.endingHashKey), starting <= ending
        else { return nil }
        return HashKeyRange(starting: starting, ending: ending)
    }

    private func report(_ passage: ReadPosition.Passage) {
        if passage.hasExpiredPosition { reportExpiry(next: passage.records.first) }
        for (number, error) in passage.malformed {
            logger.warning(
                "A record begins as an aggregate and is none: it is handed on as it is",
                metadata: ["sequence.number": .string(number), "error": .string("\(error)")]
            )
        }
        guard passage.strayCount > 0 else { return }
        environment.metrics.strays.increment(by: passage.strayCount)
        logger.info(
            "Left out user records of aggregates that the shard does not serve",
            metadata: ["records": .stringConvertible(passage.strayCount)]
        )
    }

    private func reportExpiry(next: ConsumerRecord?) {
        logger.error(
            "Records after the checkpoint aged out before they were read",
            metadata: [
                "checkpoint": .string(lease.checkpoint.description),
                "next": .string(next?.sequenceNumber ?? "none"),
            ]
        )
        let event = WorkerEvent.positionExpired(
            shardID: shardID,
            checkpoint: lease.checkpoint,
            next: next?.sequenceNumber
        )
        environment.onEvent(event)
    }

    /// The shards that go on after a page that is the last of its shard. Nil when none is known: then it is not the end,
    /// whatever the answer said.
    private func children(of page: ShardPage) async -> [ChildShard]? {
        if !page.children.isEmpty { return page.children }
        do throws(ServiceError) {
            let children = try await environment.synchronizer.children(of: shardID)
            if !children.isEmpty { return children }
            logger.warning("A shard seems to have ended, but no shard goes on after it: reading again")
        } catch {
            logger.warning("Could not list the shards after an end", metadata: ["error": .string("\(error)")])
        }
        return nil
    }

    /// Deals with a fetch that failed: waits, and returns nil when it is to be repeated, or the shards that go on when
    /// the whole shard has aged out.
    private func recover(from error: ServiceError, failures: Int) async -> [ChildShard]? {
        if error.code == .expiredIterator, failures == 1 { return nil }
        if error.code == .resourceNotFound {
            do throws(ServiceError) {
                let shards = try await environment.synchronizer.shardList.shards()
                // A shard is listed until its last record has aged out. One that is not, while younger ones are, did.
                if !shards.contains(where: { $0.shardID == shardID }), shards.contains(where: { $0.shardID > shardID })
                {
                    reportExpiry(next: nil)
                    return try await environment.synchronizer.children(of: shardID)
                }
            } catch {
                if error.code == .resourceNotFound, failures == 1 {
                    logger.error("The stream does not exist: reading waits until it does")
                    environment.onEvent(.streamMissing(shardID: shardID))
                }
            }
        }
        let level: Logger.Level = error.isThrottling || error.code == .cancelled ? .debug : .warning
        logger.log(level: level, "Could not fetch records", metadata: ["error": .string("\(error)")])
        await control.sleep(for: Backoff.pause(failures: failures))
        return nil
    }

    /// Another worker goes on: after this one's checkpoint, unless the lease is lost already.
    private func left(_ processor: any RecordProcessor, _ delivery: inout BatchDelivery) async {
        switch control.stopReason {
        case .shutdownRequested:
            await processor.shutdownRequested(context)
            await delivery.save()
        case .shutdownTimedOut:
            // The lease is still held: what was processed before is checkpointed, and first, since time is up.
            await delivery.save()
            await processor.shutdownRequested(context)
        case .leaseLost: await processor.leaseLost(context)
        case nil: break
        }
    }

    private func ended(
        _ processor: any RecordProcessor,
        _ delivery: inout BatchDelivery,
        _ children: [ChildShard]
    ) async {
        let isDone = await retry("prepare the shards that go on after the end") {
            announce(try await environment.synchronizer.createChildren(children, of: shardID))
        }
        guard isDone, await retry("end the processor", { try await processor.shardEnded(context) }) else {
            return await left(processor, &delivery)
        }
        guard await context.checkpointer.checkpoint(.shardEnd) else { return await left(processor, &delivery) }
        logger.info(
            "Processed a shard to its end",
            metadata: ["children": .array(children.map { .string($0.shardID) })]
        )
        environment.onEvent(.shardEnded(shardID: shardID, children: children.map(\.shardID).sorted()))
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
                logger.warning("Could not \(purpose): trying again", metadata: ["error": .string("\(error)")])
                await control.sleep(for: Backoff.pause(failures: failures))
            }
        }
        return false
    }
}

/// The pauses between tries of calls to services.
enum Backoff {
    /// 200 ms after the first failure, doubled after each one that follows, up to 10 s; a random half of it, so that
    /// consumers that failed together do not try together.
    static func pause(failures: Int) -> Duration {
        let milliseconds = min(200 << min(max(failures, 1) - 1, 6), 10_000)
        return .milliseconds(Int.random(in: milliseconds / 2...milliseconds))
    }
}
