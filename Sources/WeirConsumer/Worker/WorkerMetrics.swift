import CoreMetrics

/// What a worker counts. No metric has a dimension: shards and workers come and go.
struct WorkerMetrics: Sendable {
    /// Records that were processed.
    let records: Counter
    /// Bytes of data of records that were processed.
    let bytes: Counter
    /// Calls of the handler that failed.
    let failures: Counter
    /// Records that were put to the dead letters.
    let deadLetters: Counter
    /// User records of aggregates that were left out because another shard serves them.
    let strays: Counter
    /// Leases that were taken.
    let leasesTaken: Counter
    /// Leases that were lost to others or to time.
    let leasesLost: Counter
    /// Leases that are held now.
    let leasesHeld: Gauge
    /// How far each fetch was behind the newest record, in milliseconds.
    let millisBehindLatest: Recorder
    /// How long the handler took for a portion.
    let processingTime: Timer
    /// How long a checkpoint took.
    let checkpointTime: Timer

    init(factory: any MetricsFactory) {
        records = Counter(label: "weir.consumer.records", factory: factory)
        bytes = Counter(label: "weir.consumer.bytes", factory: factory)
        failures = Counter(label: "weir.consumer.failures", factory: factory)
        deadLetters = Counter(label: "weir.consumer.dead_letters", factory: factory)
        strays = Counter(label: "weir.consumer.records.stray", factory: factory)
        leasesTaken = Counter(label: "weir.consumer.leases.taken", factory: factory)
        leasesLost = Counter(label: "weir.consumer.leases.lost", factory: factory)
        leasesHeld = Gauge(label: "weir.consumer.leases.held", factory: factory)
        millisBehindLatest = Recorder(label: "weir.consumer.millis_behind_latest", factory: factory)
        processingTime = Timer(label: "weir.consumer.processing.time", factory: factory)
        checkpointTime = Timer(label: "weir.consumer.checkpoint.time", factory: factory)
    }
}
