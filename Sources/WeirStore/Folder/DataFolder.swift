import Crypto
import Logging
import NIOPosix
import Synchronization
import WeirLog
import WeirModel
import WeirRuntime

/// A folder on a local disk that holds streams and tables: see `docs/formats/data-folder.md`.
///
/// One process at a time has it open. Everything that was acknowledged is there again after a crash of the process or of
/// the machine.
public final class DataFolder: Sendable {
    /// How a data folder is used.
    public struct Configuration: Sendable {
        /// The account that the texts of errors name: 12 digits.
        public var accountID = "000000000000"
        /// The region that the texts of errors name.
        public var region = "us-east-1"
        /// Open shards of all streams together, at most.
        public var maximumOpenShardCount = Limits.maximumShardCount
        /// Streams in on-demand mode, at most.
        public var maximumOnDemandStreamCount = Limits.maximumOnDemandStreamCount
        /// How many changes of one stream are taken in 24 hours.
        public var dailyChangeLimits = DailyChangeLimits()
        /// Hours that the records of new streams are kept, 24 (the default) to 8,760; the nearest of these for any other. The streams
        /// that are there keep theirs.
        public var retentionHours = Limits.minimumRetentionHours
        /// Whether streams in provisioned mode may have queues, which Amazon Kinesis refuses.
        public var allowsQueuesOnProvisionedStreams = false
        /// The key that the keys of encrypted streams are wrapped with; nil for one in the folder, made when needed.
        public var masterKey: MasterKey?
        /// Milliseconds that a stream stays in CREATING, UPDATING and DELETING, and a consumer in CREATING and DELETING; with
        /// 0 a state lasts as long as the work.
        public var transitionMilliseconds = 0
        /// Streams that may be in CREATING or DELETING at a time, at most (Amazon Kinesis: 5).
        public var maximumTransitionCount = Int.max
        /// Threads that write and read logs.
        public var logThreads = 2
        /// Bytes of the newest records that are kept in memory for their readers.
        public var recentMemoryInBytes = 32 << 20
        /// How the logs are written.
        public var log = LogOptions()

        /// The defaults.
        public init() {}
    }

    /// The streams.
    public let streams: EmbeddedStreamStore
    /// The queues.
    public let queues: EmbeddedQueueStore
    /// The tables.
    public let tables: EmbeddedTableStore
    /// A random key of 256 bits, made with the folder and the same ever after: for tokens that survive a restart.
    public let secretKey: SymmetricKey

    let catalogue: Catalogue
    let masters: MasterKeys
    private let lifetime: Lifetime
    private let writers: LogWriterPool
    private let lock: FolderLock

    /// For what blocks and is not the log's: opening, closing and removing.
    private static let threads = NIOThreadPool.singleton

    private init(
        _ files: OpenFiles,
        streams: EmbeddedStreamStore,
        queues: EmbeddedQueueStore,
        masters: MasterKeys,
        lifetime: Lifetime,
        writers: LogWriterPool,
        time: any TimeSource
    ) {
        self.masters = masters
        catalogue = files.catalogue
        lock = files.lock
        secretKey = files.secretKey
        self.streams = streams
        self.queues = queues
        tables = EmbeddedTableStore(catalogue: files.catalogue, lifetime: lifetime, time: time)
        self.lifetime = lifetime
        self.writers = writers
    }

    /// Opens a data folder, which is made when absent or empty.
    ///
    /// Throws `locked` when it is open already, `newerFormat` when a newer program wrote it, `notADataFolder` when it
    /// holds something else, and changes nothing then; `encryptionKey` when records in it need a key that is not there, and
    /// changes no record and no key then. A folder of an earlier format is of the newest by that time.
    public static func open(
        path: String,
        configuration: Configuration = .init(),
        fileSystem: any FileSystem = SystemFileSystem(),
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) async throws(DataFolderError) -> DataFolder {
        let names = DataFolderNames(path: path)
        let writers = LogWriterPool(
            threads: configuration.logThreads,
            maximumRecentSizeInBytes: configuration.recentMemoryInBytes
        )
        let lifetime = Lifetime()
        do {
            let files = try await threads.runIfActive { try OpenFiles.open(names, fileSystem: fileSystem) }
            do {
                let logs = StreamLogs(
                    directory: names.streams,
                    writers: writers,
                    threads: threads,
                    fileSystem: fileSystem,
                    options: configuration.log,
                    logger: logger
                )
                let masters = try await threads.runIfActive {
                    try MasterKeys(
                        configured: configuration.masterKey,
                        names: names,
                        fileSystem: fileSystem,
                        logger: logger
                    )
                }
                let vaults = try await StreamVaults.open(
                    catalogue: files.catalogue,
                    masters: masters,
                    folder: path,
                    time: time
                )
                let streams = try await EmbeddedStreamStore.open(
                    catalogue: files.catalogue,
                    logs: logs,
                    vaults: vaults,
                    lifetime: lifetime,
                    configuration: configuration,
                    time: time,
                    logger: logger
                )
                let queues: EmbeddedQueueStore
                do {
                    queues = try await EmbeddedQueueStore.open(
                        streams: streams,
                        directory: names.queues,
                        logger: logger
                    )
                } catch {
                    await streams.closeLogs()
                    throw error
                }
                streams.queueRemoval.withLock { removal in
                    removal = { [weak queues] id in await queues?.removeQueues(ofStream: id) }
                }
                return DataFolder(
                    files,
                    streams: streams,
                    queues: queues,
                    masters: masters,
                    lifetime: lifetime,
                    writers: writers,
                    time: time
                )
            } catch {
                await close(files.catalogue, files.lock)
                throw error
            }
        } catch {
            await writers.shutdown()
            throw DataFolderError(opening: path, error)
        }
    }

    /// Opens a data folder, runs `body` with it, and closes it.
    public static func withDataFolder<Result>(
        path: String,
        configuration: Configuration = .init(),
        fileSystem: any FileSystem = SystemFileSystem(),
        time: any TimeSource = SystemTime(),
        logger: Logger,
        _ body: (DataFolder) async throws -> Result
    ) async throws -> Result {
        let folder = try await open(
            path: path,
            configuration: configuration,
            fileSystem: fileSystem,
            time: time,
            logger: logger
        )
        do {
            let result = try await body(folder)
            await folder.close()
            return result
        } catch {
            await folder.close()
            throw error
        }
    }

    /// Waits for the appends and changes that are under way, and closes the folder. Later calls do nothing; calls to its
    /// stores throw `serviceUnavailable`.
    public func close() async {
        guard await lifetime.finish() else { return }
        tables.endWaits()
        await queues.close()
        await streams.closeLogs()
        await writers.shutdown()
        await Self.close(catalogue, lock)
    }

    private static func close(_ catalogue: Catalogue, _ lock: FolderLock) async {
        // SQLite refuses only while a statement is being read, and all of ours are read to their end.
        try? await threads.runIfActive { try catalogue.close() }
        lock.release()
    }
}
