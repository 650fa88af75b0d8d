import CoreMetrics
import Logging
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// Reads a shard ahead of its handler, until the shard ends or the consumer is asked to stop.
struct ShardFeed: Sendable {
    let lease: Lease
    let stream: ReadStream
    let control: ConsumerControl
    let logger: Logger
    let buffer: PageBuffer
    /// What is counted of the shard alone, where that is asked for.
    let shardMetrics: ShardMetrics?

    private var environment: WorkerEnvironment { stream.environment }
    private var shardID: String { lease.shardID }

    func run() async {
        defer { buffer.finish() }
        var source = await source()
        var failures = 0
        while await control.mayHandOut(), await buffer.mayFetch() {
            let page: ShardPage
            do throws(ServiceError) {
                page = try await source.fetch()
                failures = 0
            } catch {
                failures += 1
                if let children = await recover(from: error, failures: failures) {
                    return buffer.put(.end(children))
                }
                continue
            }
            environment.metrics.reads.increment()
            environment.metrics.millisBehindLatest.record(page.millisBehindLatest)
            shardMetrics?.millisBehindLatest.record(page.millisBehindLatest)
            report(page.passage)
            if !page.records.isEmpty { buffer.put(.page(page)) }
            if page.isEnd {
                if let children = await children(of: page) { return buffer.put(.end(children)) }
                await control.sleep(for: .seconds(1))
            } else if page.millisBehindLatest == 0, let pause = source.pauseAtTip {
                await control.sleep(for: pause)
            }
        }
    }

    private func source() async -> any ShardSource {
        let configuration = environment.configuration
        var lease = lease
        if lease.hashKeyRange == nil, configuration.deaggregation == .servedByShard {
            lease.hashKeyRange = await listedHashKeyRange()
        }
        if let consumer = stream.fanOutConsumer {
            return FanOutReader(
                lease: lease,
                deaggregation: configuration.deaggregation,
                kinesis: environment.kinesis,
                consumer: consumer
            )
        }
        return ShardReader(
            streamName: configuration.streamName,
            lease: lease,
            deaggregation: configuration.deaggregation,
            kinesis: environment.kinesis,
            limit: configuration.maximumRecordsPerFetch,
            idleInterval: configuration.idleInterval,
            longestWait: configuration.longestWait
        )
    }

    /// The hash keys that the stream says the shard serves: leases that another program made may lack them. Nil when the
    /// stream does not say: then no user record counts as stray, as with the KCL.
    private func listedHashKeyRange() async -> HashKeyRange? {
        guard let shards = try? await stream.synchronizer.shardList.shards(),
            let range = shards.first(where: { $0.shardID == shardID })?.hashKeyRange,
            let starting = HashKey(range.startingHashKey), let ending = HashKey(range.endingHashKey), starting <= ending
        else { return nil }
        return HashKeyRange(starting: starting, ending: ending)
    }

    private func report(_ passage: ReadPosition.Passage) {
        if passage.hasExpiredPosition { reportExpiry(next: passage.records.first) }
        for (number, error) in passage.malformed {
            environment.metrics.malformed.increment()
            logger.warning(
                "A record begins as an aggregate and is none: it is handed on as it is",
                metadata: ["sequence.number": .string(number), "error.message": .string("\(error)")]
            )
        }
        guard passage.strayCount > 0 else { return }
        environment.metrics.strays.increment(by: passage.strayCount)
        logger.info(
            "Left out user records of aggregates that the shard does not serve",
            metadata: ["record.count": .stringConvertible(passage.strayCount)]
        )
    }

    private func reportExpiry(next: ConsumerRecord?) {
        environment.metrics.positionsExpired.increment()
        logger.error(
            "Records after the checkpoint aged out before they were read",
            metadata: [
                "checkpoint.position": .string(lease.checkpoint.description),
                "checkpoint.next": .string(next?.sequenceNumber ?? "none"),
            ]
        )
        let event = WorkerEvent.positionExpired(
            shardID: lease.key,
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
            let children = try await stream.synchronizer.children(of: shardID)
            if !children.isEmpty { return children }
            logger.warning("A shard seems to have ended, but no shard goes on after it: reading again")
        } catch {
            logger.warning("Could not list the shards after an end", metadata: ["error.message": .string("\(error)")])
        }
        return nil
    }

    private func count(_ error: ServiceError) {
        // A fetch that was cancelled is not missed, and a subscription that cannot begin yet is not late.
        guard error.code != .cancelled, error.code != .resourceInUse else { return }
        let metrics = environment.metrics
        if error.isThrottling { metrics.readsThrottled.increment() } else { metrics.readFailures.increment() }
    }

    /// Deals with a fetch that failed: waits, and returns nil when it is to be repeated, or the shards that go on when
    /// the whole shard has aged out.
    private func recover(from error: ServiceError, failures: Int) async -> [ChildShard]? {
        if error.code == .expiredIterator, failures == 1 { return nil }
        // It may be that the stream was deleted, and made again: then its shards are not those that the leases are of.
        if [.resourceNotFound, .invalidArgument, .expiredIterator].contains(error.code) { stream.askForComparison() }
        count(error)
        if error.code == .resourceNotFound {
            do throws(ServiceError) {
                let shards = try await stream.synchronizer.shardList.shards()
                // A shard is listed until its last record has aged out. One that is not, while younger ones are, did.
                if !shards.contains(where: { $0.shardID == shardID }), shards.contains(where: { $0.shardID > shardID })
                {
                    reportExpiry(next: nil)
                    return try await stream.synchronizer.children(of: shardID)
                }
            } catch {
                if error.code == .resourceNotFound, failures == 1 {
                    logger.error("The stream does not exist: reading waits until it does")
                    environment.onEvent(.streamMissing(shardID: lease.key))
                }
            }
        }
        if error.code == .resourceInUse {
            // The subscription of the worker before lives still, or the fan-out consumer is being registered.
            logger.debug("Cannot subscribe yet", metadata: ["error.message": .string("\(error)")])
            await control.sleep(for: .milliseconds(environment.random.next(in: 250...500)))
            return nil
        }
        let level: Logger.Level = error.isThrottling || error.code == .cancelled ? .debug : .warning
        logger.log(level: level, "Could not fetch records", metadata: ["error.message": .string("\(error)")])
        await control.sleep(for: Backoff.pause(failures: failures, environment.random))
        return nil
    }
}
