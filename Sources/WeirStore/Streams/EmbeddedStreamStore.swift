import Logging
import Synchronization
import WeirLog
import WeirModel
import WeirRuntime

/// Streams in a data folder: a log for each, and the catalogue. See ``DataFolder``.
public final class EmbeddedStreamStore: StreamStore {
    let catalogue: Catalogue
    let logs: StreamLogs
    let vaults: StreamVaults
    let lifetime: Lifetime
    let errors: StreamErrors
    let dailyChangeLimits: DailyChangeLimits
    /// Hours that records of new streams are kept.
    let retentionHours: Int
    /// Whether streams in provisioned mode may have queues.
    let allowsQueuesOnProvisionedStreams: Bool
    /// Removes the queues of a stream that was removed; set once, when the data folder is opened.
    let queueRemoval = Mutex<(@Sendable (_ stream: Int64) async -> Void)?>(nil)
    /// Nanoseconds that streams and consumers stay in a state; 0 when no state lasts.
    let transitionTime: UInt64
    let maximumTransitionCount: Int
    let time: any TimeSource
    let logger: Logger
    let damagedRecords: DamagedRecords
    let registry: Mutex<StreamRegistry>
    let commitment: Mutex<ThroughputCommitment>
    let accountChanges = AsyncGate()
    private let creations = AsyncGate()

    private init(
        catalogue: Catalogue,
        logs: StreamLogs,
        vaults: StreamVaults,
        lifetime: Lifetime,
        configuration: DataFolder.Configuration,
        registry: consuming sending StreamRegistry,
        commitment: ThroughputCommitment,
        time: any TimeSource,
        logger: Logger
    ) {
        self.catalogue = catalogue
        self.logs = logs
        self.vaults = vaults
        self.lifetime = lifetime
        errors = StreamErrors(accountID: configuration.accountID, region: configuration.region)
        dailyChangeLimits = configuration.dailyChangeLimits
        retentionHours = min(
            max(configuration.retentionHours, Limits.minimumRetentionHours),
            Limits.maximumRetentionHours
        )
        allowsQueuesOnProvisionedStreams = configuration.allowsQueuesOnProvisionedStreams
        transitionTime = UInt64(max(0, configuration.transitionMilliseconds)) * 1_000_000
        maximumTransitionCount = configuration.maximumTransitionCount
        self.time = time
        self.logger = logger
        damagedRecords = DamagedRecords(logger: logger)
        self.registry = Mutex(registry)
        self.commitment = Mutex(commitment)
    }

    /// When a state ends that begins now; nil when no state lasts.
    var transitionEnd: UInt64? { transitionTime > 0 ? time.monotonicNanoseconds + transitionTime : nil }

    /// The wall clock.
    var now: Timestamp { Timestamp(millisecondsSinceEpoch: time.wallMilliseconds) }

    /// Opens the log of every stream of the catalogue, and removes what was left of others.
    static func open(
        catalogue: Catalogue,
        logs: StreamLogs,
        vaults: StreamVaults,
        lifetime: Lifetime,
        configuration: DataFolder.Configuration,
        time: any TimeSource,
        logger: Logger
    ) async throws -> EmbeddedStreamStore {
        let (streams, counters) = try await catalogue.streams()
        try await logs.removeOrphans(keeping: Set(streams.map(\.description.id)))
        let registry = StreamRegistry(
            counters: counters,
            maximumOpenShardCount: configuration.maximumOpenShardCount,
            maximumOnDemandStreamCount: configuration.maximumOnDemandStreamCount
        )
        let store = EmbeddedStreamStore(
            catalogue: catalogue,
            logs: logs,
            vaults: vaults,
            lifetime: lifetime,
            configuration: configuration,
            registry: registry,
            commitment: try await catalogue.commitment(),
            time: time,
            logger: logger
        )
        do {
            try await logs.open(streams: streams.map(\.description.id)) { place, log in
                let live = store.live(streams[place], log: log)
                store.registry.withLock { $0.addExisting(live) }
            }
        } catch {
            await store.closeLogs()
            throw error
        }
        return store
    }

    /// Waits for the appends that are under way; then none is taken any more.
    func closeLogs() async {
        for stream in registry.withLock({ $0.streams }) {
            await stream.log.close()
            stream.watch.signalAll()
        }
    }

    func live(_ name: String) throws(ServiceError) -> LiveStream {
        guard let stream = registry.withLock({ $0.stream(name) }), !isGone(stream) else {
            throw errors.streamNotFound(name)
        }
        return stream
    }

    func live(_ stream: StreamDescription) throws(ServiceError) -> LiveStream {
        let live = try live(stream.name)
        guard live.id == stream.id else { throw errors.streamNotFound(stream.name) }
        return live
    }

    // MARK: Streams

    public func createStream(
        name: String,
        shardCount: Int,
        settings: StreamSettings,
        tags: [String: String]
    ) async throws(ServiceError) {
        guard shardCount >= 1, shardCount <= Limits.maximumShardCount else {
            throw errors.shardCountOutOfRange(shardCount)
        }
        let now = now
        let isOnDemand = settings.mode == .onDemand
        // Who is told that the stream exists must find it: a call for a name that is being made waits for its end.
        try await creations.withGate { [self] () async throws(ServiceError) in
            try await removeGoneStreams()
            try refuseTooManyTransitions()
            let errors = errors
            let reservation = try registry.withLock { (registry) throws(ServiceError) in
                try registry.reserve(
                    name,
                    shardCount: shardCount,
                    isOnDemand: isOnDemand,
                    at: now,
                    errors: errors
                )
            }
            try await lifetime.change { [self] () async throws(ServiceError) in
                do throws(ServiceError) {
                    try await make(
                        CataloguedStream(reservation, retentionHours: retentionHours, settings: settings, tags: tags)
                    )
                } catch {
                    registry.withLock { $0.release(reservation) }
                    throw error
                }
            }
            logger.info(
                "stream created",
                metadata: [
                    "stream.name": "\(name)", "stream.id": "\(reservation.id)", "shard.count": "\(shardCount)",
                ]
            )
        }
    }

    /// The log's folder comes before the row: a folder without a row is removed when the store is opened, whereas a row
    /// without a folder would be a stream that lost its records.
    private func make(_ stream: CataloguedStream) async throws(ServiceError) {
        let id = stream.description.id
        let log: Log
        do {
            log = try await logs.open(stream: id)
        } catch let error as LogError {
            throw ServiceError(log: error, stream: stream.description.name)
        } catch {
            throw ServiceError(.serviceUnavailable, "The data folder cannot be written.", cause: error)
        }
        do throws(ServiceError) {
            try await catalogue.insert(stream)
        } catch {
            await discard(log, id: id)
            throw error
        }
        let live = self.live(stream, log: log)
        if let end = live.transitionEnd { live.withMachine { $0.enter(.creating, until: end) } }
        registry.withLock { $0.add(live) }
    }

    private func live(_ stream: CataloguedStream, log: Log) -> LiveStream {
        log.durability = durability(by: stream.description.tags, stream: stream.description.name)
        log.compression = compression(by: stream.description.tags, stream: stream.description.name)
        log.segmentSizeInBytes = segmentSize(by: stream.description.tags, stream: stream.description.name)
        return LiveStream(
            stream,
            log: log,
            vault: vaults.vault(of: stream.description),
            errors: errors,
            damagedRecords: damagedRecords,
            time: time,
            transitionTime: transitionTime
        )
    }

    private func refuseTooManyTransitions() throws(ServiceError) {
        guard maximumTransitionCount < .max else { return }
        let count = registry.withLock { $0.streams }.count { stream in
            let state = stream.withMachine { $0.lastingState }
            return state == .creating || state == .deleting
        }
        guard count < maximumTransitionCount else { throw errors.tooManyTransitions(limit: maximumTransitionCount) }
    }

    public func stream(name: String) async throws(ServiceError) -> StreamDescription {
        try live(name).visibleDescription
    }

    public func stream(id: Int64) async throws(ServiceError) -> StreamDescription {
        guard let stream = registry.withLock({ $0.stream(id: id) }), !isGone(stream) else {
            throw errors.streamNotFound("\(id)")
        }
        return stream.visibleDescription
    }

    public func streamNames(after name: String?, limit: Int) async throws(ServiceError) -> [String] {
        try await removeGoneStreams()
        return registry.withLock { $0.names(after: name, limit: max(0, limit)) }
    }

    // MARK: Records

    public func append(
        _ records: [NewRecord],
        stream: StreamDescription
    ) async throws(ServiceError) -> [AppendResult] {
        try await live(stream).append(records, isMetered: stream.settings.mode == .onDemand)
    }

    public func position(
        _ start: ShardStart,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) -> ShardPosition {
        try await live(stream).position(start, shard: shard)
    }

    public func read(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> ShardRead {
        try await live(stream).read(
            from: position,
            shard: shard,
            maximumCount: maximumCount,
            maximumBytes: maximumBytes
        )
    }

    public func waitForRecords(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) {
        try await live(stream).waitForRecords(from: position, shard: shard)
    }
}

extension CataloguedStream {
    /// A new stream, ready at once, of shards that divide the hash keys evenly.
    fileprivate init(
        _ reservation: StreamRegistry.Reservation,
        retentionHours: Int,
        settings: StreamSettings,
        tags: [String: String]
    ) {
        let createdAt = reservation.createdAt
        let ranges = HashKeyRange.uniform(count: reservation.shardCount)
        let shards = ranges.enumerated().map { number, range in
            ShardDescription(
                id: ShardID(UInt32(number)),
                hashKeyRange: range,
                startingSequenceNumber: SequenceNumber(
                    streamEpoch: createdAt.millisecondsSinceEpoch,
                    shard: UInt32(number),
                    index: 0
                ),
                createdAt: createdAt
            )
        }
        let description = StreamDescription(
            name: reservation.name,
            id: reservation.id,
            createdAt: createdAt,
            status: .active,
            retentionHours: retentionHours,
            shards: shards,
            tags: tags,
            settings: settings
        )
        self.init(description: description, agedOutBefore: Timestamp(millisecondsSinceEpoch: 0))
    }
}
