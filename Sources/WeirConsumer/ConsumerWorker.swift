import CoreMetrics
import Logging
import ServiceLifecycle
import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime

/// One of the workers that read a stream together for an application, or several streams.
///
/// The workers share the shards out through leases in a table, cover for each other when one dies, follow splits and
/// merges, and keep in the table how far each shard was processed. Any number of them may run, in any processes; Java
/// workers of the Kinesis Client Library 2.x may share the table. Records of one shard are processed one after the other,
/// shards in parallel, each record at least once.
///
/// ```swift
/// let worker = ConsumerWorker(
///     configuration: .init(applicationName: "arrivals", streamName: "flights"),
///     kinesis: kinesis,
///     leaseTable: dynamoDB,
///     logger: logger
/// ) { record, shard in
///     print(record.partitionKey, String(buffer: record.data))
/// }
/// try await worker.run()
/// ```
///
/// A graceful shutdown, or the cancellation of the task that runs it, lets the handlers finish the record or batch at
/// hand, checkpoints, and gives the leases up, so that other workers take them at once.
public final class ConsumerWorker: Service, Sendable {
    /// The settings.
    public let configuration: Configuration

    private let engine: WorkerEngine
    private let meteredTable: MeteredDynamoDB
    private let onlyRun = OrderlyRun()

    /// A worker with a handler of any kind.
    ///
    /// - Parameters:
    ///   - kinesis: reads the stream, and writes the dead letters unless they go elsewhere.
    ///   - leaseTable: reads and writes the lease table.
    ///   - deadLetters: where records go that cannot be processed. Default: the stream `<application>-dead-letters`.
    ///   - metricsFactory: takes the metrics, all named `weir.consumer.…`: docs/METRICS.md lists them.
    ///   - onEvent: is told what happens. It is called from the worker's own tasks and must return at once.
    public convenience init(
        configuration: Configuration,
        kinesis: any KinesisCalling,
        leaseTable: any DynamoDBCalling,
        deadLetters: (any DeadLetterDestination)? = nil,
        handler: RecordHandler,
        metricsFactory: any MetricsFactory = NOOPMetricsHandler.instance,
        time: any TimeSource = SystemTime(),
        onEvent: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        logger: Logger
    ) {
        self.init(
            configuration: configuration,
            kinesis: kinesis,
            leaseTable: leaseTable,
            deadLetters: deadLetters,
            handler: handler,
            metricsFactory: metricsFactory,
            time: time,
            random: .system,
            onEvent: onEvent,
            logger: logger
        )
    }

    /// The same, with random numbers from anywhere.
    package init(
        configuration: Configuration,
        kinesis: any KinesisCalling,
        leaseTable: any DynamoDBCalling,
        deadLetters: (any DeadLetterDestination)?,
        handler: RecordHandler,
        metricsFactory: any MetricsFactory,
        time: any TimeSource,
        random: RandomSource,
        onEvent: @escaping @Sendable (WorkerEvent) -> Void,
        logger: Logger
    ) {
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: "application.name"] = .string(configuration.applicationName)
        if configuration.streams == nil { logger[metadataKey: "stream.name"] = .string(configuration.streamName) }
        logger[metadataKey: "worker.id"] = .string(configuration.workerID)
        let metered = MeteredDynamoDB(leaseTable, application: configuration.applicationName, factory: metricsFactory)
        meteredTable = metered
        let leaseStore = LeaseStore(
            table: LeaseTable(name: configuration.leaseTableName, options: configuration.leaseTableOptions),
            dynamoDB: metered,
            time: time,
            scope: configuration.streams == nil ? .oneStream : .streams([]),
            kcl3Watch: KCL3Watch(applicationName: configuration.applicationName, logger: logger, onEvent: onEvent)
        )
        let deadLetterName = DeadLetterStream.defaultName(applicationName: configuration.applicationName)
        let environment = WorkerEnvironment(
            configuration: configuration,
            kinesis: kinesis,
            leaseStore: leaseStore,
            handler: handler,
            deadLetters: deadLetters ?? DeadLetterStream(name: deadLetterName, kinesis: kinesis, time: time),
            time: time,
            random: random,
            metrics: WorkerMetrics(
                factory: metricsFactory,
                application: configuration.applicationName,
                // What is of none of several streams is of the application.
                stream: configuration.streams == nil ? configuration.streamName : nil,
                level: configuration.metricsLevel
            ),
            logger: logger,
            onEvent: onEvent
        )
        engine = WorkerEngine(environment: environment, leaseTableUse: { metered.use })
    }

    /// A worker that hands records to a closure one by one.
    public convenience init(
        configuration: Configuration,
        kinesis: any KinesisCalling,
        leaseTable: any DynamoDBCalling,
        logger: Logger,
        _ handle: @escaping @Sendable (ConsumerRecord, ShardContext) async throws -> Void
    ) {
        self.init(
            configuration: configuration,
            kinesis: kinesis,
            leaseTable: leaseTable,
            handler: .records(handle),
            logger: logger
        )
    }

    /// What the worker has asked of its lease table so far, in any state. docs/FAILOVER.md says what to expect at rest.
    public var leaseTableUse: LeaseTableUse { meteredTable.use }

    /// Works until a graceful shutdown or until its task is cancelled; then gives the leases up and returns.
    ///
    /// Throws `configuration` when a setting is out of range, when the lease table is that of an application of several streams
    /// and the worker is set to read one, or the other way round, and when it was called before; `resourceNotFound` when the
    /// only stream does not exist, and what else prevents the start for good. While a service cannot be reached it waits. Of
    /// several streams, one that cannot be read holds up none of the others.
    public func run() async throws {
        try configuration.validate(handler: engine.environment.handler)
        let engine = engine
        try await onlyRun.run(
            on: engine.environment.time.taskExecutor,
            messageOfSecondRun: "A worker can be run once: make a new one",
            { try await engine.run() },
            shutDown: { engine.shutdown() }
        )
    }

    /// Stops at once, as if the process had been killed: no checkpoint, no lease is given up. For tests of fail-over.
    package func abandon() { onlyRun.abandon() }
}
