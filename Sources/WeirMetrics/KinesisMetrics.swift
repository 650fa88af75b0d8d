import WeirModel

/// Kinesis' metrics as a text: the names of CloudWatch in the form in which exporters give them to Prometheus.
///
/// A family stands together, so the streams are gone through for each. docs/METRICS.md has all names.
struct KinesisMetrics {
    /// A stream with its labels.
    private struct Row {
        let labels: MetricLabels
        let counts: StreamCounts
    }

    private let rows: [Row]
    private let now: UInt64

    init(_ regions: [RegionFigures], at now: UInt64) {
        self.now = now
        rows = regions.flatMap { region in
            region.streams.map { stream, counts in
                Row(
                    labels: MetricLabels([(name: "region", value: region.region), (name: "stream_name", value: stream)]
                    ),
                    counts: counts
                )
            }
        }
    }

    func write(to text: inout MetricText) {
        writeStreams(to: &text)
        writePutRecords(to: &text)
        for (name, action, calls) in Self.actions { write(name, action, calls, to: &text) }
        writeConsumers(to: &text)
        writeShards(to: &text)
    }

    private typealias Choice = @Sendable (StreamCounts) -> StreamCounts.Calls

    private static let actions: [(name: String, action: String, calls: Choice)] = [
        ("put_record", "PutRecord", { $0.putRecord }), ("put_records", "PutRecords", { $0.putRecords }),
        ("get_records", "GetRecords", { $0.getRecords }),
    ]

    // MARK: Streams

    private func writeStreams(to text: inout MetricText) {
        counter("incoming_bytes", "IncomingBytes: bytes of data and partition keys put.", to: &text) {
            $0.putRecord.bytes + $0.putRecords.bytes
        }
        counter("incoming_records", "IncomingRecords: records put.", to: &text) {
            $0.putRecord.records + $0.putRecords.records
        }
        counter(
            "write_provisioned_throughput_exceeded",
            "WriteProvisionedThroughputExceeded: records refused because the throughput of their shard was used up.",
            to: &text
        ) { $0.throttledWrites }
        counter(
            "read_provisioned_throughput_exceeded",
            "ReadProvisionedThroughputExceeded: GetRecords calls refused by the limits of their shard.",
            to: &text
        ) { $0.throttledReads }
        text.begin(
            "aws_kinesis_get_records_iterator_age_milliseconds_maximum",
            .gauge,
            help:
                "GetRecords.IteratorAgeMilliseconds: how far GetRecords was behind the newest record, at most, lately."
        )
        for row in rows {
            if let age = row.counts.iteratorAge.value(at: now) { text.sample(row.labels, age) }
        }
    }

    private func writePutRecords(to text: inout MetricText) {
        counter("put_records_total_records", "PutRecords.TotalRecords: records sent by PutRecords.", to: &text) {
            $0.putRecords.totalRecords
        }
        counter("put_records_successful_records", "PutRecords.SuccessfulRecords: those put.", to: &text) {
            $0.putRecords.records
        }
        counter("put_records_failed_records", "PutRecords.FailedRecords: those that failed.", to: &text) {
            $0.putRecords.failedRecords
        }
        counter("put_records_throttled_records", "PutRecords.ThrottledRecords: those refused by limits.", to: &text) {
            $0.putRecords.throttledRecords
        }
    }

    private func write(_ name: String, _ action: String, _ calls: Choice, to text: inout MetricText) {
        counter("\(name)_success", "\(action).Success: calls that succeeded.", to: &text) {
            calls($0).successes
        }
        counter("\(name)_bytes", "\(action).Bytes: bytes of data and partition keys.", to: &text) {
            calls($0).bytes
        }
        if name != "put_record" {
            counter("\(name)_records", "\(action).Records: records.", to: &text) { calls($0).records }
        }
        text.begin("aws_kinesis_\(name)_latency_milliseconds", .histogram, help: "\(action).Latency: time of a call.")
        for row in rows {
            let latency = calls(row.counts).latency
            if latency.count > 0 { text.samples(row.labels, latency, nanosecondsPerUnit: 1_000_000) }
        }
    }

    private func counter(
        _ name: String,
        _ help: String,
        to text: inout MetricText,
        _ value: (StreamCounts) -> UInt64
    ) {
        text.begin("aws_kinesis_\(name)_total", .counter, help: help)
        for row in rows { text.sample(row.labels, value(row.counts)) }
    }

    // MARK: Consumers

    private func writeConsumers(to text: inout MetricText) {
        let counters: [(String, String, (StreamCounts.Subscriptions) -> UInt64)] = [
            ("subscribe_to_shard_success", "SubscribeToShard.Success: subscriptions that began.", { $0.successes }),
            (
                "subscribe_to_shard_rate_exceeded",
                "SubscribeToShard.RateExceeded: subscriptions refused because there was one lately.", { $0.refusals }
            ),
            ("subscribe_to_shard_event_success", "SubscribeToShardEvent.Success: events made.", { $0.events }),
            ("subscribe_to_shard_event_records", "SubscribeToShardEvent.Records: records in them.", { $0.records }),
            (
                "subscribe_to_shard_event_bytes",
                "SubscribeToShardEvent.Bytes: bytes of data and partition keys in them.", { $0.bytes }
            ),
        ]
        for (name, help, value) in counters {
            text.begin("aws_kinesis_\(name)_total", .counter, help: help)
            for (labels, subscriptions) in consumers { text.sample(labels, value(subscriptions)) }
        }
        text.begin(
            "aws_kinesis_subscribe_to_shard_event_millis_behind_latest_maximum",
            .gauge,
            help:
                "SubscribeToShardEvent.MillisBehindLatest: milliseconds behind the newest record, at most, lately."
        )
        for (labels, subscriptions) in consumers {
            if let behind = subscriptions.behind.value(at: now) { text.sample(labels, behind) }
        }
    }

    private var consumers: [(MetricLabels, StreamCounts.Subscriptions)] {
        rows.flatMap { row in
            row.counts.subscriptions.sorted { $0.key < $1.key }.map {
                (row.labels.adding("consumer_name", $0.key), $0.value)
            }
        }
    }

    // MARK: Shards

    private func writeShards(to text: inout MetricText) {
        let counters: [(ShardLevelMetric, String, (StreamCounts.Shard) -> UInt64)] = [
            (.incomingBytes, "incoming_bytes", { $0.incomingBytes }),
            (.incomingRecords, "incoming_records", { $0.incomingRecords }),
            (.outgoingBytes, "outgoing_bytes", { $0.outgoingBytes }),
            (.outgoingRecords, "outgoing_records", { $0.outgoingRecords }),
            (.writeProvisionedThroughputExceeded, "write_provisioned_throughput_exceeded", { $0.throttledWrites }),
            (.readProvisionedThroughputExceeded, "read_provisioned_throughput_exceeded", { $0.throttledReads }),
        ]
        for (metric, name, value) in counters {
            let shards = shards(with: metric)
            guard !shards.isEmpty else { continue }
            text.begin("aws_kinesis_shard_\(name)_total", .counter, help: "\(metric.rawValue) of one shard.")
            for (labels, shard) in shards { text.sample(labels, value(shard)) }
        }
        let aged = shards(with: .iteratorAgeMilliseconds)
        guard !aged.isEmpty else { return }
        text.begin(
            "aws_kinesis_shard_iterator_age_milliseconds_maximum",
            .gauge,
            help: "IteratorAgeMilliseconds of one shard, at most, lately."
        )
        for (labels, shard) in aged {
            if let age = shard.iteratorAge.value(at: now) { text.sample(labels, age) }
        }
    }

    private func shards(with metric: ShardLevelMetric) -> [(MetricLabels, StreamCounts.Shard)] {
        rows.filter { $0.counts.shardMetrics.contains(metric) }.flatMap { row in
            row.counts.shards.sorted { $0.key < $1.key }.map {
                (row.labels.adding("shard_id", $0.key.description), $0.value)
            }
        }
    }
}

extension MetricText {
    /// Writes the figures of streams, at a time by the clock that only goes forward.
    public mutating func write(_ regions: [RegionFigures], at now: UInt64) {
        let gauges: [(String, String, (RegionFigures) -> Int)] = [
            ("weir_streams", "Streams of a region that is in use.", { $0.streamCount }),
            ("weir_open_shards", "Open shards of a region that is in use.", { $0.openShardCount }),
            ("weir_subscriptions", "Subscriptions to shards that are open.", { $0.subscriptionCount }),
            ("weir_waiting_reads", "GetRecords calls that wait for records.", { $0.readWaitCount }),
            ("weir_damaged_records", "Records that reads left out: damaged on disk.", { $0.damagedRecordCount }),
            ("weir_failed_logs", "Logs that take nothing more until the next start.", { $0.failedLogCount }),
        ]
        for (name, help, value) in gauges {
            begin(name, .gauge, help: help)
            for region in regions {
                sample(MetricLabels([(name: "region", value: region.region)]), Double(value(region)))
            }
        }
        let counters: [(String, String, (RegionFigures) -> Int)] = [
            ("input", "Bytes of files of logs that were compressed, before.", { $0.compressionInputBytes }),
            ("output", "Bytes of files of logs that were compressed, after.", { $0.compressionOutputBytes }),
        ]
        for (name, help, value) in counters {
            begin("weir_compression_\(name)_bytes_total", .counter, help: help)
            for region in regions {
                sample(MetricLabels([(name: "region", value: region.region)]), Double(value(region)))
            }
        }
        KinesisMetrics(regions, at: now).write(to: &self)
        QueueMetrics(regions).write(to: &self)
    }
}
