import CoreMetrics

/// How finely a worker's metrics are told apart.
public enum MetricsLevel: Hashable, Sendable {
    /// By application and stream.
    case application
    /// Besides, a few of them by shard, under names of their own: for streams of few shards. Every shard that is read makes
    /// series of its own in the metrics' backend.
    case shard
}

/// What a worker counts, by application and stream. In an application of several streams what is of none in particular, as the
/// leases that are held, is counted by application alone. docs/METRICS.md lists it.
struct WorkerMetrics: Sendable {
    // Records
    /// Records that were processed.
    let records: Counter
    /// Bytes of data of records that were processed.
    let bytes: Counter
    /// How long the handler took for a portion that it processed.
    let processingTime: Timer
    /// Calls of the handler that failed.
    let failures: Counter
    /// Calls of the handler with records that it had failed on before.
    let retries: Counter
    /// Records that were put to the dead letters.
    let deadLetters: Counter
    /// Dead letters that their destination did not take at once.
    let deadLetterFailures: Counter
    /// Records that were given up and skipped.
    let skipped: Counter
    /// User records of aggregates that were left out because another shard serves them.
    let strays: Counter
    /// Records that begin as aggregates and are none.
    let malformed: Counter

    // Leases and shards
    /// What is counted of leases, of all streams together.
    let leases: LeaseMetrics
    /// Shards that were processed to their end.
    let shardsEnded: Counter
    /// Shards that the failure policy stopped.
    let shardsHalted: Counter
    /// Ranges of hash keys that no lease covers.
    let holes: Gauge
    /// Checkpoints whose next records had aged out.
    let positionsExpired: Counter

    // Reading
    /// Fetches that were answered, by GetRecords or as events of a subscription.
    let reads: Counter
    /// Fetches that the service refused because there were too many.
    let readsThrottled: Counter
    /// Fetches that failed for another reason.
    let readFailures: Counter
    /// How far each fetch was behind the newest record, in milliseconds.
    let millisBehindLatest: Recorder

    // Checkpoints
    /// Automatic checkpoints, and how long each took to be durable.
    let checkpointTime: Timer
    /// Checkpoints that could not be made, because the lease was lost.
    let checkpointFailures: Counter

    private let factory: any MetricsFactory
    private let dimensions: [(String, String)]
    private let level: MetricsLevel

    /// The metrics of a worker: of its only stream, if it reads one.
    init(factory: any MetricsFactory, application: String, stream: String?, level: MetricsLevel = .application) {
        let dimensions = [("application", application)] + (stream.map { [("stream", $0)] } ?? [])
        let leases = LeaseMetrics(factory: factory, dimensions: dimensions)
        self.init(factory: factory, dimensions: dimensions, leases: leases, level: level)
    }

    /// What is counted of one of several streams.
    func ofStream(_ stream: String) -> WorkerMetrics {
        WorkerMetrics(factory: factory, dimensions: dimensions + [("stream", stream)], leases: leases, level: level)
    }

    private init(
        factory: any MetricsFactory,
        dimensions: [(String, String)],
        leases: LeaseMetrics,
        level: MetricsLevel
    ) {
        func counter(_ name: String) -> Counter {
            Counter(label: "weir.consumer.\(name)", dimensions: dimensions, factory: factory)
        }
        func timer(_ name: String) -> Timer {
            Timer(label: "weir.consumer.\(name)", dimensions: dimensions, factory: factory)
        }
        self.factory = factory
        self.dimensions = dimensions
        self.level = level
        self.leases = leases
        records = counter("records")
        bytes = counter("bytes")
        processingTime = timer("processing.time")
        failures = counter("failures")
        retries = counter("retries")
        deadLetters = counter("dead_letters")
        deadLetterFailures = counter("dead_letters.failures")
        skipped = counter("records.skipped")
        strays = counter("records.stray")
        malformed = counter("records.malformed")
        shardsEnded = counter("shards.ended")
        shardsHalted = counter("shards.halted")
        holes = Gauge(label: "weir.consumer.holes", dimensions: dimensions, factory: factory)
        positionsExpired = counter("positions.expired")
        reads = counter("reads")
        readsThrottled = counter("reads.throttled")
        readFailures = counter("reads.failures")
        millisBehindLatest = Recorder(
            label: "weir.consumer.millis_behind_latest",
            dimensions: dimensions,
            factory: factory
        )
        checkpointTime = timer("checkpoint.time")
        checkpointFailures = counter("checkpoint.failures")
    }

    /// What is counted of one shard besides; nil unless that is asked for.
    func ofShard(_ shardID: String) -> ShardMetrics? {
        guard level == .shard else { return nil }
        return ShardMetrics(factory: factory, dimensions: dimensions + [("shard", shardID)])
    }
}

/// What a worker counts of its leases.
struct LeaseMetrics: Sendable {
    /// Leases that are held now.
    let held: Gauge
    /// Leases that were taken, however.
    let taken: Counter
    /// Of these: from a live owner that did not hand them over.
    let stolen: Counter
    /// Of these: handed over by their owner.
    let received: Counter
    /// Leases that were lost to others or to time.
    let lost: Counter
    /// Leases that were handed over to the worker that asked for them.
    let handedOver: Counter
    /// Leases that were given up for anyone.
    let released: Counter
    /// Leases that other workers were asked for.
    let requested: Counter

    init(factory: any MetricsFactory, dimensions: [(String, String)]) {
        func counter(_ name: String) -> Counter {
            Counter(label: "weir.consumer.leases.\(name)", dimensions: dimensions, factory: factory)
        }
        held = Gauge(label: "weir.consumer.leases.held", dimensions: dimensions, factory: factory)
        taken = counter("taken")
        stolen = counter("stolen")
        received = counter("received")
        lost = counter("lost")
        handedOver = counter("handed_over")
        released = counter("released")
        requested = counter("requested")
    }
}

/// What is counted of one shard, where ``MetricsLevel/shard`` asks for it. The names are others than the worker's: a sum
/// over one name never counts a record twice.
struct ShardMetrics: Sendable {
    /// Records that were processed.
    let records: Counter
    /// Bytes of data of records that were processed.
    let bytes: Counter
    /// Calls of the handler that failed.
    let failures: Counter
    /// How long the handler took for a portion that it processed.
    let processingTime: Timer
    /// How far the last fetch was behind the newest record, in milliseconds.
    let millisBehindLatest: Gauge

    init(factory: any MetricsFactory, dimensions: [(String, String)]) {
        records = Counter(label: "weir.consumer.shard.records", dimensions: dimensions, factory: factory)
        bytes = Counter(label: "weir.consumer.shard.bytes", dimensions: dimensions, factory: factory)
        failures = Counter(label: "weir.consumer.shard.failures", dimensions: dimensions, factory: factory)
        processingTime = Timer(
            label: "weir.consumer.shard.processing.time",
            dimensions: dimensions,
            factory: factory
        )
        millisBehindLatest = Gauge(
            label: "weir.consumer.shard.millis_behind_latest",
            dimensions: dimensions,
            factory: factory
        )
    }

    /// The worker reads the shard no more: its series end.
    func destroy() {
        records.destroy()
        bytes.destroy()
        failures.destroy()
        processingTime.destroy()
        millisBehindLatest.destroy()
    }
}
