import CoreMetrics
import Logging
import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirRuntime
import WeirTestTools
import WeirWire

@testable import WeirConsumer

/// What workers did, and events to wait for.
final class Journal: Sendable {
    struct Entry: Hashable, Sendable {
        var worker: String
        var shard: String
        var key: String
        var data: String
        var sequenceNumber: String
    }

    private struct State {
        var entries: [Entry] = []
        var events: [(worker: String, event: WorkerEvent)] = []
        var letters: [DeadLetter] = []
    }

    private let state = Mutex(State())

    func note(_ record: ConsumerRecord, _ worker: String) {
        let entry = Entry(
            worker: worker,
            shard: record.shardID,
            key: record.partitionKey,
            data: String(buffer: record.data),
            sequenceNumber: record.sequenceNumber
        )
        state.withLock { $0.entries.append(entry) }
    }

    func note(_ event: WorkerEvent, _ worker: String) { state.withLock { $0.events.append((worker, event)) } }

    func note(_ letter: DeadLetter) { state.withLock { $0.letters.append(letter) } }

    var entries: [Entry] { state.withLock(\.entries) }
    var letters: [DeadLetter] { state.withLock(\.letters) }
    var data: [String] { entries.map(\.data) }
    var events: [WorkerEvent] { state.withLock { $0.events.map(\.event) } }

    func events(of worker: String) -> [WorkerEvent] {
        state.withLock { $0.events.filter { $0.worker == worker }.map(\.event) }
    }

    /// The first deliveries of each key's records, in order.
    func firstDeliveries(of key: String) -> [String] {
        var seen: Set<String> = []
        return entries.filter { $0.key == key && seen.insert($0.sequenceNumber).inserted }.map(\.data)
    }
}

/// Waits for a condition. Fails the test when it does not come true in time.
func eventually(
    _ what: Comment,
    within limit: Duration = .seconds(90),
    _ location: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
        try #require(ContinuousClock.now < deadline, what, sourceLocation: location)
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// The system's clock, but for the time of day: that is the service's, or so much ahead of it.
struct HarnessTime: TimeSource {
    let kinesis: MemoryKinesis
    let millisecondsAhead: Int64

    var wallMilliseconds: Int64 { kinesis.wallMilliseconds + millisecondsAhead }
    var monotonicNanoseconds: UInt64 { SystemTime().monotonicNanoseconds }
    func sleep(for duration: Duration) async throws { try await SystemTime().sleep(for: duration) }
}

/// A stream, a lease table and the workers of one application.
final class WorkerHarness: Sendable {
    let kinesis = MemoryKinesis()
    let dynamoDB = MemoryDynamoDB()
    let journal = Journal()
    let failoverTime: Duration
    /// How far the workers' clocks are ahead of the service's.
    let millisecondsAhead: Int64
    static let stream = "flights"
    static let application = "arrivals"

    init(shards: Int = 4, failoverTime: Duration = .seconds(10), millisecondsAhead: Int64 = 0) {
        self.failoverTime = failoverTime
        self.millisecondsAhead = millisecondsAhead
        if shards > 0 { kinesis.createStream(Self.stream, shardCount: shards) }
    }

    func configuration(_ worker: String) -> ConsumerWorker.Configuration {
        var configuration = ConsumerWorker.Configuration(
            applicationName: Self.application,
            streamName: Self.stream
        )
        configuration.workerID = worker
        configuration.failoverTime = failoverTime
        configuration.idleInterval = .milliseconds(5)
        configuration.failurePolicy.initialPause = .milliseconds(1)
        return configuration
    }

    /// A worker that notes each record.
    func worker(
        _ id: String,
        configure: (inout ConsumerWorker.Configuration) -> Void = { _ in }
    ) -> ConsumerWorker {
        worker(id, configure: configure, handle: { _, _ in })
    }

    /// A worker that notes each record, after `handle`.
    func worker(
        _ id: String,
        deadLetters: (any DeadLetterDestination)? = nil,
        configure: (inout ConsumerWorker.Configuration) -> Void = { _ in },
        handle: @escaping @Sendable (ConsumerRecord, ShardContext) async throws -> Void
    ) -> ConsumerWorker {
        let journal = journal
        return worker(
            id,
            handler: .records { record, shard in
                try await handle(record, shard)
                journal.note(record, id)
            },
            deadLetters: deadLetters,
            configure: configure
        )
    }

    func worker(
        _ id: String,
        handler: RecordHandler,
        deadLetters: (any DeadLetterDestination)? = nil,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
        configure: (inout ConsumerWorker.Configuration) -> Void = { _ in }
    ) -> ConsumerWorker {
        var configuration = configuration(id)
        configure(&configuration)
        let journal = journal
        return ConsumerWorker(
            configuration: configuration,
            kinesis: kinesis,
            leaseTable: dynamoDB,
            deadLetters: deadLetters,
            handler: handler,
            metricsFactory: metrics,
            time: HarnessTime(kinesis: kinesis, millisecondsAhead: millisecondsAhead),
            onEvent: { journal.note($0, id) },
            logger: logger
        )
    }

    /// Runs a worker beside the body, then shuts it down in order.
    func run(_ worker: ConsumerWorker, while body: () async throws -> Void) async throws {
        try await runService(worker, while: body)
    }

    /// Puts records `first..<end`, spread over 20 keys; the data is the key and the number within it.
    func put(_ range: Range<Int>) throws {
        for number in range { try kinesis.put(Self.stream, key: "key-\(number % 20)", data: "\(number)") }
    }

    /// Waits until a worker reads all open shards.
    func reading(_ worker: String) async throws {
        let shards = Set(kinesis.shardIDs(Self.stream, openOnly: true))
        try await eventually("\(worker) reads") {
            shards.isSubset(
                of: journal.events(of: worker).compactMap { event -> String? in
                    if case .shardStarted(let shard, _) = event { shard } else { nil }
                }
            )
        }
    }

    var leases: [Lease] { dynamoDB.items(Self.application).compactMap { Lease(item: $0) } }

    func lease(_ key: String) -> Lease? { leases.first { $0.key == key } }

    var shares: [String: Int] { LeaseTableView(leases: leases).activeLeasesByWorker.mapValues(\.count) }

    /// Every record of `0..<count` was processed, and each key's in order.
    func expectComplete(_ count: Int, _ location: SourceLocation = #_sourceLocation) {
        #expect(Set(journal.data) == Set((0..<count).map(String.init)), sourceLocation: location)
        for key in 0..<20 {
            let expected = (0..<count).filter { $0 % 20 == key }.map(String.init)
            #expect(journal.firstDeliveries(of: "key-\(key)") == expected, sourceLocation: location)
        }
    }
}
