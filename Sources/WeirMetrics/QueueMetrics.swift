import WeirModel

/// The metrics of queues as a text. Those that Amazon Kinesis sends to CloudWatch have its names, in the form of exporters; the
/// others are Weir's own. docs/METRICS.md has all names.
///
/// Source: https://docs.aws.amazon.com/streams/latest/dev/queues-monitoring.html
struct QueueMetrics {
    private let rows: [(labels: MetricLabels, figures: QueueFigures)]

    init(_ regions: [RegionFigures]) {
        rows = regions.flatMap { region in
            Self.bounded(region.queues).map { queue in
                let labels = [
                    (name: "region", value: region.region), (name: "queue_name", value: queue.name),
                    (name: "queue_id", value: queue.resourceID),
                ]
                return (MetricLabels(labels), queue)
            }
        }
    }

    /// The queues, of which those that are too many are added together. They come in the order in which they were made, so that
    /// one more changes nothing for the others.
    static func bounded(
        _ queues: [QueueFigures],
        maximumCount: Int = Limits.maximumMeteredQueueCount
    ) -> [QueueFigures] {
        guard queues.count > maximumCount else { return queues }
        var others = QueueFigures(name: StreamMeters.others, resourceID: StreamMeters.others)
        for queue in queues[maximumCount...] { others += queue }
        return queues[..<maximumCount] + [others]
    }

    func write(to text: inout MetricText) {
        guard !rows.isEmpty else { return }
        for (name, help, value) in Self.counters {
            text.begin("\(name)_total", .counter, help: help)
            for row in rows { text.sample(row.labels, value(row.figures.counts)) }
        }
        for (name, help, value) in Self.gauges {
            text.begin(name, .gauge, help: help)
            for row in rows { text.sample(row.labels, value(row.figures)) }
        }
    }

    private typealias Counter = (String, String, @Sendable (QueueFigures.Counts) -> UInt64)
    private typealias Gauge = (String, String, @Sendable (QueueFigures) -> Double)

    private static let counters: [Counter] = [
        (
            "aws_kinesis_received_queue_records", "ReceivedQueueRecords: records that ReceiveQueueRecords delivered.",
            { $0.received }
        ),
        (
            "aws_kinesis_acknowledged_queue_records",
            "AcknowledgedQueueRecords: records that AcknowledgeQueueRecords acknowledged.", { $0.acknowledged }
        ),
        ("aws_kinesis_empty_receives", "EmptyReceives: receives that waited in vain.", { $0.emptyReceives }),
        (
            "weir_queue_redelivered_records", "Records that were delivered, and had been delivered before.",
            { $0.redelivered }
        ),
        (
            "weir_queue_returned_records",
            "Records that became visible again: not acknowledged in time, or given back.", { $0.returned }
        ),
        ("weir_queue_dead_letters", "Records that became dead letters.", { $0.died }),
        ("weir_queue_received_dead_letters", "Dead letters that were delivered.", { $0.receivedDeadLetters }),
        (
            "weir_queue_acknowledged_dead_letters", "Dead letters that were acknowledged.",
            { $0.acknowledgedDeadLetters }
        ),
        ("weir_queue_restored_dead_letters", "Dead letters that were restored.", { $0.restored }),
    ]

    private static let gauges: [Gauge] = [
        (
            "aws_kinesis_visible_queue_records", "VisibleQueueRecords: records that may be received, up to a million.",
            { Double($0.visible) }
        ),
        (
            "aws_kinesis_in_flight_queue_records",
            "InFlightQueueRecords: records that were received, and whose time is not over.", { Double($0.inFlight) }
        ),
        (
            "aws_kinesis_visible_dead_letter_queue_records",
            "VisibleDeadLetterQueueRecords: dead letters that may be received.", { Double($0.visibleDeadLetters) }
        ),
        (
            "weir_queue_dead_letters_in_flight", "Dead letters that were received, and whose time is not over.",
            { Double($0.deadLettersInFlight) }
        ),
        (
            "weir_queue_oldest_record_age_seconds",
            "Since the arrival of the oldest record that is neither acknowledged nor a dead letter.",
            { Double($0.oldestAgeMilliseconds) / 1000 }
        ),
        ("weir_queue_waiting_receives", "Receives that wait for a record.", { Double($0.waitingReceives) }),
    ]
}
