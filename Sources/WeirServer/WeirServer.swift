import Crypto
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import WeirAccess
import WeirModel
import WeirMonitoring
import WeirRuntime
import WeirService
import WeirStore
import WeirTables
import WeirWire

/// Serves streams and lease tables over HTTP on one port.
///
/// `run()` listens until the server is told to stop. It then takes no more connections, closes those that are idle,
/// finishes the requests in flight within a time limit, and returns. It also drops records that have aged out, now and
/// then.
public final class WeirServer: Service, Sendable {
    private let configuration: Configuration
    private let services: RegionalServices
    private let regions: (any RegionalStores)?
    /// The stores whose records age, now.
    private let streams: @Sendable () -> [any StreamStore]
    private let access: AccessControl?
    private let accessLog: AccessLog?
    private let time: any TimeSource
    private let logger: Logger
    private let address = OneTimeValue<SocketAddress>()
    private let hasRun = Atomic(false)

    /// A server over stores that are open. It does not close them.
    ///
    /// - Parameters:
    ///   - configuration: Where it listens, how long it waits, and what it enforces.
    ///   - regions: Hold the streams and tables of each region.
    ///   - account: The account that owns them: twelve digits.
    ///   - access: Finds out who calls. Without it everybody may do everything.
    ///   - accessLog: Gets a line for each request. The server does not close it.
    ///   - time: By which iterators and signatures expire, rates are measured and requests are timed.
    ///   - logger: Gets what an operator should know; at debug level every request.
    public convenience init(
        configuration: Configuration = Configuration(),
        regions: any RegionalStores,
        account: String = "000000000000",
        access: AccessControl? = nil,
        accessLog: AccessLog? = nil,
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) {
        let services = RegionalServices(regions) { stores in
            [
                KinesisService(
                    store: stores.streams,
                    queues: stores.queues,
                    tokenKey: stores.tokenKey,
                    account: account,
                    region: stores.region,
                    limits: configuration.limits,
                    maximumReadWaitCount: configuration.maximumReadWaitCount,
                    time: time,
                    logger: logger
                ),
                TableService(
                    store: stores.tables,
                    account: account,
                    region: stores.region,
                    time: time,
                    logger: logger
                ),
            ]
        }
        self.init(
            configuration: configuration,
            services: services,
            regions: regions,
            streams: { regions.allStores().map(\.streams) },
            access: access,
            accessLog: accessLog,
            time: time,
            logger: logger
        )
    }

    /// A server of one region, whatever region its clients name.
    ///
    /// - Parameters:
    ///   - configuration: Where it listens, how long it waits, and what it enforces.
    ///   - streams: Holds the streams.
    ///   - tables: Holds the lease tables.
    ///   - tokenKey: Authenticates shard iterators. Keep it with the data, or iterators end with the process.
    ///   - account: The account that owns the streams: twelve digits.
    ///   - region: The region in which the streams say they are.
    ///   - time: By which iterators expire and requests are timed.
    ///   - logger: Gets what an operator should know; at debug level every request.
    public convenience init(
        configuration: Configuration = Configuration(),
        streams: any StreamStore,
        tables: any TableStore,
        tokenKey: SymmetricKey,
        account: String = "000000000000",
        region: String = "us-east-1",
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) {
        self.init(
            configuration: configuration,
            regions: OneRegion(
                RegionStores(region: region, streams: streams, tables: tables, tokenKey: tokenKey)
            ),
            account: account,
            time: time,
            logger: logger
        )
    }

    convenience init(
        configuration: Configuration,
        services: [any ActionService],
        streams: any StreamStore,
        time: any TimeSource,
        logger: Logger
    ) {
        self.init(
            configuration: configuration,
            services: RegionalServices(services),
            regions: nil,
            streams: { [streams] },
            access: nil,
            accessLog: nil,
            time: time,
            logger: logger
        )
    }

    private init(
        configuration: Configuration,
        services: RegionalServices,
        regions: (any RegionalStores)?,
        streams: @escaping @Sendable () -> [any StreamStore],
        access: AccessControl?,
        accessLog: AccessLog?,
        time: any TimeSource,
        logger: Logger
    ) {
        self.configuration = configuration
        self.services = services
        self.regions = regions
        self.streams = streams
        self.access = access
        self.accessLog = accessLog
        self.time = time
        self.logger = logger
    }

    /// The address it listens on: waits until it does. Throws what kept it from listening.
    public var boundAddress: SocketAddress {
        get async throws { try await address.value }
    }

    /// The port it listens on: waits until it does. Throws what kept it from listening.
    public var port: Int {
        get async throws { try await boundAddress.port ?? 0 }
    }

    /// Removes all streams and tables of all regions; when it returns they are gone. For tests that share a server.
    public func reset() async throws(ServiceError) {
        guard let regions else { return }
        try await StoreReset(regions: regions).perform()
    }

    /// Listens and serves until the task is cancelled or a graceful shutdown begins. Throws ``ServerError``.
    public func run() async throws {
        guard hasRun.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else {
            throw ServerError(.alreadyRan, "This server ran already; make another one.")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.eventLoopCount))
        let executors = group.makeIterator().map { (ObjectIdentifier($0), EventLoopTaskExecutor($0)) }
        do {
            try await serve(group, Dictionary(uniqueKeysWithValues: executors))
        } catch {
            address.fail(error)
            try? await group.shutdownGracefully()
            throw error
        }
        // A request that did not end within the time limit goes on without the event loops.
        for (_, executor) in executors { try await executor.close() }
        try await group.shutdownGracefully()
    }

    private func serve(
        _ group: MultiThreadedEventLoopGroup,
        _ executors: [ObjectIdentifier: EventLoopTaskExecutor]
    ) async throws {
        let registry = ConnectionRegistry(maximumCount: configuration.maximumConnectionCount)
        let listener = try await listen(group, registry, executors)
        logger.info("listening", metadata: ["server.address": "\(listener.localAddress.map { "\($0)" } ?? "")"])
        await withTaskGroup { tasks in
            tasks.addTask { await self.maintainNowAndThen() }
            tasks.addTask { await self.performUpkeep() }
            // Returns when a shutdown begins, and throws when the task is cancelled: both end the server alike.
            try? await gracefulShutdown()
            tasks.cancelAll()
            // Clients are let go before a round of retention under way has ended: it may take long.
            logger.info("stopping", metadata: ["connection.count": "\(registry.count)"])
            try? await listener.close().get()
            services.endReplyStreams()
            let timeout = TimeAmount(configuration.shutdownTimeout)
            try? await registry.shutDown(on: group.any(), timeout: timeout).get()
        }
        logger.info("stopped")
    }

    private func listen(
        _ group: MultiThreadedEventLoopGroup,
        _ registry: ConnectionRegistry,
        _ executors: [ObjectIdentifier: EventLoopTaskExecutor]
    ) async throws -> any Channel {
        let series = MetricSeriesStore(logger: logger)
        let budget = BodyBudget(
            serverLimit: configuration.maximumBodyMemoryInBytes / Limits.bodyMemoryFactor,
            connectionLimit: configuration.maximumConnectionBodyMemoryInBytes / Limits.bodyMemoryFactor
        )
        let initializer = ConnectionInitializer(
            dispatcher: RequestDispatcher(
                services: services,
                access: access,
                accessLog: accessLog,
                reset: configuration.allowsReset ? regions.map(StoreReset.init) : nil,
                backup: StoreBackup(regions, in: configuration.backupFolder, time: time),
                cloudWatch: CloudWatchService(series: series, time: time),
                page: MetricsPage(services: services, series: series, connections: registry, time: time),
                metricsToken: configuration.metricsToken,
                bodies: BodyUnpacker(maximumBytes: configuration.maximumRequestBodySizeInBytes, budget: budget),
                time: time,
                logger: logger
            ),
            clock: HTTPDateClock(time: time),
            registry: registry,
            timeouts: ConnectionTimeouts(
                requestHead: TimeAmount(configuration.requestHeadTimeout),
                idle: TimeAmount(configuration.idleTimeout),
                requestBody: TimeAmount(configuration.requestBodyTimeout),
                responseWrite: TimeAmount(configuration.responseTimeout),
                linger: TimeAmount(configuration.lingerTimeout)
            ),
            maximumBodyBytes: configuration.maximumRequestBodySizeInBytes,
            budget: budget,
            certificate: configuration.certificate,
            executors: executors,
            logger: logger
        )
        do {
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.writeBufferWaterMark, value: .init(low: 256 << 10, high: 1 << 20))
                .childChannelInitializer { initializer.initialize($0) }
                .bind(host: configuration.host, port: configuration.port)
                .get()
            if let bound = listener.localAddress { address.succeed(bound) }
            return listener
        } catch {
            throw ServerError(
                .cannotListen,
                "Cannot listen on \(configuration.host):\(configuration.port): \(error)",
                cause: error
            )
        }
    }

    private func performUpkeep() async {
        while !Task.isCancelled {
            do {
                try await time.sleep(for: configuration.upkeepInterval)
            } catch {
                return
            }
            for store in streams() {
                do throws(ServiceError) {
                    try await store.performUpkeep()
                } catch {
                    // States last a little longer; the next round tries again.
                    logger.warning("could not look after the streams", metadata: ["error.message": "\(error)"])
                }
            }
        }
    }

    private func maintainNowAndThen() async {
        while !Task.isCancelled {
            do {
                try await time.sleep(for: configuration.retentionInterval)
            } catch {
                return
            }
            // A store that fails does not keep the others from it.
            for store in streams() {
                do throws(ServiceError) {
                    try await store.enforceRetention()
                } catch {
                    // The records stay a little longer; the next round tries again.
                    logger.warning("could not drop records that have aged out", metadata: ["error.message": "\(error)"])
                }
            }
            for service in services.all {
                do throws(ServiceError) {
                    try await service.maintain()
                } catch {
                    logger.warning("could not delete what has expired", metadata: ["error.message": "\(error)"])
                }
            }
            HeapTrim.perform()
        }
    }
}
