import Metrics
import WeirModel
import WeirWire

/// The producer's metrics, by `stream` (docs/METRICS.md):
///
/// - `weir.producer.records`, a counter, also by `outcome`: `acknowledged` or the error code
/// - `weir.producer.bytes`, a counter of data and partition keys that were acknowledged
/// - `weir.producer.records.repeated`, a counter of records that were sent again
/// - `weir.producer.records.throttled`, a counter of records that a call brought and a shard had no room for
/// - `weir.producer.record.time`, a timer from the put of a record to its acknowledgement
/// - `weir.producer.batch.records`, a recorder of the records of each call
/// - `weir.producer.call.time`, a timer of calls that were answered, the client's repetitions included
/// - `weir.producer.call.failures`, a counter of calls that failed as a whole
/// - `weir.producer.buffered.bytes`, a gauge of what is accepted and not put
struct ProducerMetrics: Sendable {
    private let dimensions: [(String, String)]
    private let factory: any MetricsFactory
    private let acknowledged: Counter
    private let bytes: Counter
    private let repeated: Counter
    private let throttled: Counter
    private let recordTime: Timer
    private let batchCount: Recorder
    private let callTime: Timer
    private let callFailures: Counter
    private let buffered: Gauge

    init(stream: String, factory: any MetricsFactory) {
        let dimensions = [("stream", stream)]
        func counter(_ name: String) -> Counter {
            Counter(label: "weir.producer.\(name)", dimensions: dimensions, factory: factory)
        }
        self.dimensions = dimensions
        self.factory = factory
        acknowledged = Counter(
            label: "weir.producer.records",
            dimensions: dimensions + [("outcome", "acknowledged")],
            factory: factory
        )
        bytes = counter("bytes")
        repeated = counter("records.repeated")
        throttled = counter("records.throttled")
        recordTime = Timer(label: "weir.producer.record.time", dimensions: dimensions, factory: factory)
        batchCount = Recorder(
            label: "weir.producer.batch.records",
            dimensions: dimensions,
            aggregate: true,
            factory: factory
        )
        callTime = Timer(label: "weir.producer.call.time", dimensions: dimensions, factory: factory)
        callFailures = counter("call.failures")
        buffered = Gauge(label: "weir.producer.buffered.bytes", dimensions: dimensions, factory: factory)
    }

    func sent(count: Int, repeatedCount: Int, bufferedSizeInBytes: Int) {
        batchCount.record(count)
        if repeatedCount > 0 { repeated.increment(by: repeatedCount) }
        buffered.record(bufferedSizeInBytes)
    }

    func answered(_ results: [PutRecordsResultEntry], after nanoseconds: UInt64) {
        callTime.recordNanoseconds(Int64(clamping: nanoseconds))
        let throttledCode = ServiceError.Code.provisionedThroughputExceeded.rawValue
        let count = results.count { $0.errorCode == throttledCode }
        if count > 0 { throttled.increment(by: count) }
    }

    func callFailed() { callFailures.increment() }

    func completed(_ pending: PendingPut, _ result: Result<PutReceipt, ProducerError>, at now: UInt64) {
        switch result {
        case .success:
            acknowledged.increment()
            bytes.increment(by: pending.sizeInBytes)
            recordTime.recordNanoseconds(Int64(clamping: now - min(now, pending.beganAt)))
        case .failure(let error):
            Counter(
                label: "weir.producer.records",
                dimensions: dimensions + [("outcome", "\(error.code)")],
                factory: factory
            ).increment()
        }
    }
}
