import CoreMetrics

/// What a consumer of a queue counts, by queue. docs/METRICS.md lists it.
struct QueueConsumerMetrics: Sendable {
    // Records
    /// Records that were received.
    let received: Counter
    /// Of these: delivered before.
    let redelivered: Counter
    /// Records that the handler processed.
    let records: Counter
    /// Bytes of data of records that the handler processed.
    let bytes: Counter
    /// How long the handler took for a record that it processed.
    let processingTime: Timer
    /// How old each record was when its handler began, in milliseconds.
    let age: Recorder
    /// Calls of the handler that failed, or were cancelled because of their time.
    let failures: Counter
    /// Of these: cancelled because of their time.
    let timeouts: Counter
    /// Records that the handler refused for good and that were acknowledged all the same.
    let rejected: Counter

    // What became of them
    /// Records that were acknowledged.
    let acknowledged: Counter
    /// Acknowledgements that the queue did not take.
    let acknowledgementsRefused: Counter
    /// Records that were given back, at once or after a pause.
    let returned: Counter
    /// Records whose time was extended.
    let extended: Counter
    /// Extensions that failed, and are tried again.
    let extensionFailures: Counter
    /// Records whose time was over while they were held.
    let expired: Counter
    /// Records that went to other consumers while they were held.
    let lost: Counter

    // Now
    /// Records that are held.
    let held: Gauge
    /// Handlers that run.
    let running: Gauge

    // Receiving
    /// Calls that brought records.
    let receives: Counter
    /// Calls that were answered without a record.
    let emptyReceives: Counter
    /// Calls that the service refused because there were too many.
    let receivesThrottled: Counter
    /// Calls that failed for another reason.
    let receiveFailures: Counter

    init(factory: any MetricsFactory, queue: String) {
        let dimensions = [("queue", queue)]
        func counter(_ name: String) -> Counter {
            Counter(label: "weir.queue_consumer.\(name)", dimensions: dimensions, factory: factory)
        }
        received = counter("received")
        redelivered = counter("redelivered")
        records = counter("records")
        bytes = counter("bytes")
        processingTime = Timer(
            label: "weir.queue_consumer.processing.time",
            dimensions: dimensions,
            factory: factory
        )
        age = Recorder(label: "weir.queue_consumer.age", dimensions: dimensions, factory: factory)
        failures = counter("failures")
        timeouts = counter("timeouts")
        rejected = counter("rejected")
        acknowledged = counter("acknowledged")
        acknowledgementsRefused = counter("acknowledgements.refused")
        returned = counter("returned")
        extended = counter("extended")
        extensionFailures = counter("extensions.failures")
        expired = counter("expired")
        lost = counter("lost")
        held = Gauge(label: "weir.queue_consumer.held", dimensions: dimensions, factory: factory)
        running = Gauge(label: "weir.queue_consumer.running", dimensions: dimensions, factory: factory)
        receives = counter("receives")
        emptyReceives = counter("receives.empty")
        receivesThrottled = counter("receives.throttled")
        receiveFailures = counter("receives.failures")
    }
}
