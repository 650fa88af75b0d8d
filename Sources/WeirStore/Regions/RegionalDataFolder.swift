import Logging
import Synchronization
import WeirModel
import WeirRuntime

/// A data folder with a region at its root, and one folder more for each further region: see
/// `docs/formats/data-folder.md`.
///
/// Each region has its own streams, tables and secret key. A region that is named for the first time is made; those that
/// there are from before are opened with the folder.
public final class RegionalDataFolder: RegionalStores {
    private struct State {
        var isClosed = false
        var folders: [String: DataFolder] = [:]
    }

    public let defaultRegion: String
    private let path: String
    private let configuration: DataFolder.Configuration
    private let maximumRegionCount: Int
    let fileSystem: any FileSystem
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())
    /// Regions are opened one after the other.
    private let openings = AsyncGate()
    /// Whether a backup is being made.
    let isBackingUp = Atomic(false)

    private init(
        path: String,
        configuration: DataFolder.Configuration,
        maximumRegionCount: Int,
        fileSystem: any FileSystem,
        time: any TimeSource,
        logger: Logger
    ) {
        self.path = path
        self.configuration = configuration
        defaultRegion = configuration.region
        self.maximumRegionCount = maximumRegionCount
        self.fileSystem = fileSystem
        self.time = time
        self.logger = logger
    }

    /// Opens a data folder, which is made when absent or empty, and the regions in it.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - configuration: How each region's folder is used; its region is the one at the root.
    ///   - maximumRegionCount: Regions, at most.
    /// - Throws: what ``DataFolder/open(path:configuration:fileSystem:time:logger:)`` throws, of any of the regions.
    public static func open(
        path: String,
        configuration: DataFolder.Configuration = .init(),
        maximumRegionCount: Int = Limits.maximumRegionCount,
        fileSystem: any FileSystem = SystemFileSystem(),
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) async throws(DataFolderError) -> RegionalDataFolder {
        let folder = RegionalDataFolder(
            path: path,
            configuration: configuration,
            maximumRegionCount: maximumRegionCount,
            fileSystem: fileSystem,
            time: time,
            logger: logger
        )
        do throws(DataFolderError) {
            // The root's lock keeps other processes from all regions.
            try await folder.openFolder(of: folder.defaultRegion)
            for region in try folder.regionsOnDisk() { try await folder.openFolder(of: region) }
        } catch {
            await folder.close()
            throw error
        }
        return folder
    }

    /// Opens a data folder, runs `body` with it, and closes it.
    public static func withDataFolder<Result>(
        path: String,
        configuration: DataFolder.Configuration = .init(),
        time: any TimeSource = SystemTime(),
        logger: Logger,
        _ body: (RegionalDataFolder) async throws -> Result
    ) async throws -> Result {
        let folder = try await open(path: path, configuration: configuration, time: time, logger: logger)
        do {
            let result = try await body(folder)
            await folder.close()
            return result
        } catch {
            await folder.close()
            throw error
        }
    }

    public func stores(of region: String) async throws(ServiceError) -> RegionStores {
        if let folder = try opened(region) { return folder.stores(region: region) }
        return try await openings.withGate { [self] () async throws(ServiceError) in
            // Another call may have opened it meanwhile.
            if let folder = try opened(region) { return folder.stores(region: region) }
            let count = state.withLock { $0.folders.count }
            guard count < maximumRegionCount else {
                throw ServiceError(
                    .limitExceeded,
                    "This server has \(count) regions, and no more may be added: \(region) is not one of them."
                )
            }
            do throws(DataFolderError) {
                let folder = try await openFolder(of: region)
                logger.info("region added", metadata: ["aws.region": "\(region)"])
                return folder.stores(region: region)
            } catch {
                throw ServiceError(.serviceUnavailable, "The region \(region) cannot be opened.", cause: error)
            }
        }
    }

    public func allStores() -> [RegionStores] {
        state.withLock(\.folders).sorted { $0.key < $1.key }.map { $0.value.stores(region: $0.key) }
    }

    /// Waits for what is under way in all regions, and closes them. Later calls do nothing.
    public func close() async {
        let folders = state.withLock { state in
            state.isClosed = true
            defer { state.folders = [:] }
            return state.folders
        }
        for (region, folder) in folders where region != defaultRegion { await folder.close() }
        await folders[defaultRegion]?.close()
    }

    /// The folders of the regions that are open.
    var openFolders: [String: DataFolder] { state.withLock(\.folders) }

    private func opened(_ region: String) throws(ServiceError) -> DataFolder? {
        let (folder, isClosed) = state.withLock { ($0.folders[region], $0.isClosed) }
        guard !isClosed else { throw ServiceError(.serviceUnavailable, "The data folder is closed.") }
        return folder
    }

    @discardableResult
    private func openFolder(of region: String) async throws(DataFolderError) -> DataFolder {
        var configuration = configuration
        configuration.region = region
        let folder = try await DataFolder.open(
            path: region == defaultRegion ? path : "\(regionsPath)/\(region)",
            configuration: configuration,
            fileSystem: fileSystem,
            time: time,
            logger: logger
        )
        let isClosed = state.withLock { state in
            if !state.isClosed { state.folders[region] = folder }
            return state.isClosed
        }
        if isClosed {
            await folder.close()
            throw DataFolderError(.inputOutput, "The data folder \(path) is closed.")
        }
        return folder
    }

    // MARK: On disk

    private var regionsPath: String { "\(path)/\(DataFolderNames.regionsName)" }

    /// The regions beside the one at the root. What is no region's folder is left alone.
    private func regionsOnDisk() throws(DataFolderError) -> [String] {
        let names: [String]
        do throws(FileError) {
            names = try fileSystem.list(regionsPath).filter { RegionName.isValid($0) }
        } catch {
            if error.isNotFound { return [] }
            throw DataFolderError(opening: path, error)
        }
        guard !names.contains(defaultRegion) else {
            throw DataFolderError(
                .notADataFolder,
                """
                The data folder \(path) was used with another default region: \(defaultRegion) is in \(regionsPath), \
                not at the root. Start with the region that was the default before.
                """
            )
        }
        return names
    }
}

extension DataFolder {
    /// The stores of this folder, which is that of a region.
    fileprivate func stores(region: String) -> RegionStores {
        RegionStores(region: region, streams: streams, tables: tables, queues: queues, tokenKey: secretKey)
    }
}
