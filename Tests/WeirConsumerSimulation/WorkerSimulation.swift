import CoreMetrics
import Logging
import NIOCore
import Synchronization
import WeirConsumer
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirSimulation
import WeirWire

/// Whole workers, as production runs them, on a stream and a lease table in memory, in virtual time: the same seed gives the same
/// history. Their handlers take time, and fail on some records.
package final class WorkerSimulation {
    /// How the workers of a history are set.
    package struct Settings: Sendable {
        package var failoverTime: UInt64
        package var feedDelay: UInt64?
        package var parallelism = 1
        package var isOneByOne = false
        package var failurePolicy = FailurePolicy()
        package var checkpoints = Checkpoints.automatic
        package var prefetch = Prefetch()
        package var balance = LeaseBalance.count
        /// How long a handler takes for a record.
        package var recordTime: UInt64 = 0
        /// Whether handlers go on when they are cancelled.
        package var ignoresCancellation = false
    }

    /// Who makes checkpoints.
    package enum Checkpoints: Sendable {
        case automatic
        case byHandler
        /// By the handler, in two phases.
        case prepared
    }

    package struct Worker {
        package let process: SimulatedProcess
        package let clock: SimulatedClock
        let worker: ConsumerWorker
        let task: Task<Void, Never>
    }

    package static let stream = "flights"

    package let settings: Settings
    package let scheduler: SimulatedScheduler
    package let network: SimulatedNetwork
    package let kinesis = MemoryKinesis()
    package let oracle: WorkerOracle
    package private(set) var workers: [String: Worker] = [:]
    let table: SimulatedLeaseTable
    let defect: WorkerDefect?
    /// When each shard was begun last, and by whom.
    private let begins = ShardBegins()
    private var random: SplitMix64

    package init(seed: UInt64, settings: Settings, defect: WorkerDefect?, trace: (@Sendable (String) -> Void)?) {
        var random = SplitMix64(seed: seed)
        self.settings = settings
        self.defect = defect
        scheduler = SimulatedScheduler(seed: random.next())
        network = SimulatedNetwork(scheduler, failoverTime: settings.failoverTime, seed: random.next())
        oracle = WorkerOracle(
            failoverTime: settings.failoverTime,
            isOrderedByKey: settings.parallelism > 1 && defect != .keysOvertakeEachOther,
            failurePolicy: settings.failurePolicy,
            trace: trace
        )
        table = SimulatedLeaseTable(network, feedDelay: settings.feedDelay, oracle: oracle, defect: defect)
        self.random = random
    }

    package var now: UInt64 { scheduler.now }
    package var leases: [Lease] { table.leases }

    /// When a shard was begun last, and by whom.
    package func begin(of shard: String) -> (worker: String, time: UInt64)? { begins.last.withLock { $0[shard] } }

    // MARK: The stream

    package func open(_ count: Int) {
        kinesis.createStream(Self.stream, shardCount: count)
        for shard in openShards { oracle.opened(shard, after: []) }
    }

    package var openShards: [String] { kinesis.shardIDs(Self.stream, openOnly: true) }

    /// Puts user records with one key as one record of the service.
    package func put(_ records: [SimulatedRecord]) {
        guard let key = records.first?.key else { return }
        let users = records.map { AggregatedRecord.UserRecord(partitionKey: $0.key, data: ByteBuffer(string: "data")) }
        let data = users.count == 1 ? users[0].data : AggregatedRecord(users).encoded
        guard let number = try? kinesis.put(Self.stream, key: key, data: data) else { return }
        let shard = openShards.first { kinesis.records(Self.stream, shard: $0).last?.sequenceNumber == number }
        if let shard { oracle.put(records, to: shard, at: number) }
    }

    /// Whether two open shards serve hash keys that follow each other.
    package func areNeighbours(_ first: String, _ second: String) -> Bool {
        let leases = Dictionary(uniqueKeysWithValues: leases.map { ($0.key, $0) })
        guard let low = leases[first]?.hashKeyRange, let high = leases[second]?.hashKeyRange else { return false }
        return low.ending < .maximum && HashKey(low.ending.value + 1) == high.starting
    }

    /// Closes shards by a split or a merge. Answers those that go on.
    @discardableResult
    package func reshard(_ shards: [String], _ change: (MemoryKinesis) throws -> Void) -> [String] {
        let before = Set(openShards)
        guard (try? change(kinesis)) != nil else { return [] }
        let children = openShards.filter { !before.contains($0) }
        oracle.tell("\(shards) go on as \(children)", at: now)
        for shard in shards { oracle.closed(shard) }
        for child in children { oracle.opened(child, after: shards) }
        return children
    }

    // MARK: What happens to workers

    package func start(_ id: String) {
        oracle.tell("\(id) begins", at: now)
        let process = SimulatedProcess(scheduler)
        let clock = SimulatedClock(scheduler, process, kinesis, origin: random.time(below: 1 << 40) + (1 << 42))
        let numbers = Mutex(SplitMix64(seed: random.next()))
        let worker = ConsumerWorker(
            configuration: configuration(id),
            kinesis: SimulatedKinesis(network: network, process: process, service: kinesis),
            leaseTable: SimulatedDynamoDB(table: table, process: process, worker: id),
            deadLetters: deadLetters(process, seed: random.next()),
            handler: handler(id, process, clock),
            metricsFactory: NOOPMetricsHandler.instance,
            time: clock,
            random: RandomSource { numbers.withLock { $0.next() } },
            onEvent: { [oracle, scheduler, begins] event in
                if process.isAlive { Self.note(event, id, oracle, begins, at: scheduler.now) }
            },
            logger: Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let task = Task(executorPreference: process) { [oracle, scheduler] in
            do {
                try await worker.run()
            } catch {
                guard process.isAlive, !Task.isCancelled else { return }
                oracle.violate("\(id) ended: \(error)", at: scheduler.now)
            }
        }
        workers[id] = Worker(process: process, clock: clock, worker: worker, task: task)
    }

    private func configuration(_ id: String) -> ConsumerWorker.Configuration {
        let failoverTime = Duration.nanoseconds(Int64(settings.failoverTime))
        var configuration = ConsumerWorker.Configuration(
            applicationName: SimulatedLeaseTable.name,
            streamName: Self.stream
        )
        configuration.workerID = id
        configuration.failoverTime = failoverTime
        configuration.idleInterval = failoverTime / 4
        configuration.longestWait = .zero
        configuration.shardSyncInterval = failoverTime * 4
        configuration.shutdownTimeout = failoverTime * 4
        configuration.balance = settings.balance
        configuration.prefetch = settings.prefetch
        configuration.failurePolicy = settings.failurePolicy
        configuration.parallelismPerShard = defect == .keysOvertakeEachOther ? 3 : settings.parallelism
        switch settings.checkpoints {
        case .automatic: configuration.checkpoints = .automatic(interval: failoverTime / 10)
        case .byHandler, .prepared: configuration.checkpoints = .manual
        }
        return configuration
    }

    private static func note(
        _ event: WorkerEvent,
        _ worker: String,
        _ oracle: WorkerOracle,
        _ begins: ShardBegins,
        at now: UInt64
    ) {
        oracle.tell("   \(worker): \(event)", at: now)
        switch event {
        case .shardStarted(let shard, _): begins.last.withLock { $0[shard] = (worker, now) }
        case .recordSkipped(let shard, let number, _): oracle.skipped(shard, number, at: now)
        case .shardHalted(let shard, let number, _): oracle.halted(shard, number, at: now)
        default: break
        }
    }

    /// The process is gone, with all it knew.
    package func kill(_ id: String) {
        guard let worker = workers.removeValue(forKey: id) else { return }
        oracle.tell("\(id) is killed", at: now)
        worker.process.kill()
        worker.process.pause(for: 0)
        worker.worker.abandon()
        worker.task.cancel()
    }

    package func shutDown(_ id: String) {
        guard let worker = workers.removeValue(forKey: id) else { return }
        oracle.tell("\(id) is to stop", at: now)
        worker.task.cancel()
    }

    /// The process does nothing for a while.
    package func pause(_ id: String, for duration: UInt64) {
        guard let worker = workers[id] else { return }
        oracle.tell("\(id) sleeps for \(duration / 1_000_000) ms", at: now)
        worker.process.pause(for: duration)
        if defect == .clockStandsStillInSleep { worker.clock.miss(duration) }
    }

    package func cut(_ id: String, from service: SimulatedService, for duration: UInt64) {
        guard let process = workers[id]?.process else { return }
        oracle.tell("\(id) is cut off the \(service) for \(duration / 1_000_000) ms", at: now)
        network.cut(process, from: service, for: duration)
        if service == .table { scheduler.after(duration) { [table] in table.scanAgain(process) } }
    }

    package func stopTable(for duration: UInt64) {
        oracle.tell("the table is down for \(duration / 1_000_000) ms", at: now)
        network.stopTable(for: duration)
    }

    /// Lets time pass.
    package func run(for duration: UInt64) { scheduler.run(for: duration) }

    /// Ends all workers, so that nothing of them is left.
    package func end() {
        for id in workers.keys.sorted() { kill(id) }
        scheduler.run(for: 20 * settings.failoverTime + 1_000_000_000)
    }
}

/// When each shard was begun last, and by whom.
private final class ShardBegins: Sendable {
    let last = Mutex<[String: (worker: String, time: UInt64)]>([:])
}
