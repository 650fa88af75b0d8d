import CoreMetrics

/// What a worker counts. Shards and workers come and go: no metric has a dimension, but for the stream in an application of
/// several.
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
    /// Ranges of hash keys that no lease covers.
    let holes: Gauge
    /// How far each fetch was behind the newest record, in milliseconds.
    let millisBehindLatest: Recorder
    /// How long the handler took for a portion.
    let processingTime: Timer
    /// How long a checkpoint took.
    let checkpointTime: Timer

    /// The metrics of a worker, or of one of the streams that it reads.
    init(factory: any MetricsFactory, stream: String? = nil) {
        let dimensions = stream.map { [("stream_name", $0)] } ?? []
        func counter(_ name: String) -> Counter {
            Counter(label: "weir.consumer.\(name)", dimensions: dimensions, factory: factory)
        }
        func timer(_ name: String) -> Timer {
            Timer(label: "weir.consumer.\(name).time", dimensions: dimensions, factory: factory)
        }
        records = counter("records")
        bytes = counter("bytes")
        failures = counter("failures")
        deadLetters = counter("dead_letters")
        strays = counter("records.stray")
        leasesTaken = Counter(label: "weir.consumer.leases.taken", factory: factory)
        leasesLost = Counter(label: "weir.consumer.leases.lost", factory: factory)
        leasesHeld = Gauge(label: "weir.consumer.leases.held", factory: factory)
        holes = Gauge(label: "weir.consumer.holes", dimensions: dimensions, factory: factory)
        millisBehindLatest = Recorder(
            label: "weir.consumer.millis_behind_latest",
            dimensions: dimensions,
            factory: factory
        )
        processingTime = timer("processing")
        checkpointTime = timer("checkpoint")
    }
}
