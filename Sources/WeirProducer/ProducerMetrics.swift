import Metrics

/// The producer's metrics, by `stream`:
///
/// - `weir.producer.records`, a counter, also by `outcome`: `acknowledged` or the error code
/// - `weir.producer.records.repeated`, a counter of records that were sent again
/// - `weir.producer.batch.records`, a recorder of the records of each call
/// - `weir.producer.buffered.bytes`, a gauge of what is accepted and not put
struct ProducerMetrics: Sendable {
    private let dimensions: [(String, String)]
    private let factory: any MetricsFactory
    private let acknowledged: Counter
    private let repeated: Counter
    private let batchCount: Recorder
    private let buffered: Gauge

    init(stream: String, factory: any MetricsFactory) {
        dimensions = [("stream", stream)]
        self.factory = factory
        acknowledged = Counter(
            label: "weir.producer.records",
            dimensions: dimensions + [("outcome", "acknowledged")],
            factory: factory
        )
        repeated = Counter(label: "weir.producer.records.repeated", dimensions: dimensions, factory: factory)
        batchCount = Recorder(
            label: "weir.producer.batch.records",
            dimensions: dimensions,
            aggregate: true,
            factory: factory
        )
        buffered = Gauge(label: "weir.producer.buffered.bytes", dimensions: dimensions, factory: factory)
    }

    func sent(count: Int, repeatedCount: Int, bufferedSizeInBytes: Int) {
        batchCount.record(count)
        if repeatedCount > 0 { repeated.increment(by: repeatedCount) }
        buffered.record(bufferedSizeInBytes)
    }

    func completed(_ result: Result<PutReceipt, ProducerError>) {
        switch result {
        case .success:
            acknowledged.increment()
        case .failure(let error):
            Counter(
                label: "weir.producer.records",
                dimensions: dimensions + [("outcome", "\(error.code)")],
                factory: factory
            ).increment()
        }
    }
}
