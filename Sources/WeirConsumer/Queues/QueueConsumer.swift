import CoreMetrics
import Logging
import ServiceLifecycle
import WeirClient
import WeirModel
import WeirRuntime

/// Handles the records of a queue: several at a time, each until it is acknowledged.
///
/// The queue remembers what was delivered and acknowledged; consumers need no leases and no checkpoints, and any number of them may
/// run, also more than the stream has shards. Each record is handled at least once, in no order. A record that a handler fails on comes again
/// after a pause, to any consumer, until the queue makes it a dead letter.
///
/// ```swift
/// let consumer = QueueConsumer(
///     configuration: .init(queue: "orders"),
///     kinesis: kinesis,
///     logger: logger
/// ) { record, queue in
///     print(record.recordID, String(buffer: record.data))
/// }
/// try await consumer.run()
/// ```
///
/// A graceful shutdown, or the cancellation of the task that runs it, receives no more, lets the handlers finish, acknowledges what
/// they have done, and returns the rest to the queue, so that other consumers get it at once.
///
/// It works with a Weir server and with Amazon Kinesis. It calls ReceiveQueueRecords, AcknowledgeQueueRecords and
/// UpdateQueueRecordsVisibility; ListQueues where the queue is named by its name, and DescribeQueue when the queue is missing.
public final class QueueConsumer: Service, Sendable {
    /// The settings.
    public let configuration: Configuration

    private let engine: QueueEngine
    private let onlyRun = OrderlyRun()

    /// A consumer with a processor.
    ///
    /// - Parameters:
    ///   - kinesis: calls the service.
    ///   - processor: handles the records.
    ///   - metricsFactory: takes the metrics, all named `weir.queue_consumer.…`: docs/METRICS.md lists them.
    ///   - onEvent: is told what happens. It is called from the consumer's own tasks and must return at once.
    public init(
        configuration: Configuration,
        kinesis: any KinesisCalling,
        processor: any QueueRecordProcessor,
        metricsFactory: any MetricsFactory = NOOPMetricsHandler.instance,
        time: any TimeSource = SystemTime(),
        onEvent: @escaping @Sendable (QueueConsumerEvent) -> Void = { _ in },
        logger: Logger
    ) {
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: "queue.name"] = .string(configuration.queue)
        engine = QueueEngine(
            configuration: configuration,
            kinesis: kinesis,
            processor: processor,
            time: time,
            metrics: QueueConsumerMetrics(factory: metricsFactory, queue: configuration.queue),
            logger: logger,
            onEvent: onEvent
        )
    }

    /// A consumer that hands records to a closure.
    public convenience init(
        configuration: Configuration,
        kinesis: any KinesisCalling,
        metricsFactory: any MetricsFactory = NOOPMetricsHandler.instance,
        onEvent: @escaping @Sendable (QueueConsumerEvent) -> Void = { _ in },
        logger: Logger,
        _ handle: @escaping @Sendable (ReceivedRecord, QueueContext) async throws -> Void
    ) {
        self.init(
            configuration: configuration,
            kinesis: kinesis,
            processor: ClosureQueueProcessor(handle: handle),
            metricsFactory: metricsFactory,
            onEvent: onEvent,
            logger: logger
        )
    }

    /// Works until a graceful shutdown or until its task is cancelled; then returns what it holds.
    ///
    /// Throws `configuration` when a setting is out of range and when it was called before; `resourceNotFound` when there is no such
    /// queue, unless ``Configuration/onMissingQueue`` says to wait; what refuses the first call, as `accessDenied`; and
    /// `clientShutDown` when its client ends before it. While the service cannot be reached, it waits.
    public func run() async throws {
        try configuration.validate()
        let engine = engine
        try await onlyRun.run(
            messageOfSecondRun: "A consumer can be run once: make a new one",
            { try await engine.run() },
            shutDown: { engine.shutdown() }
        )
    }

    /// Stops at once, as if the process had been killed: nothing is acknowledged or returned. For tests.
    package func abandon() { onlyRun.abandon() }
}
