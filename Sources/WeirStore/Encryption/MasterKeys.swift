import Logging
import NIOPosix
import Synchronization
import WeirModel
import WeirRuntime

/// The master keys of a data folder: the one that the server was given, and the folder's own, which is made when a key is
/// needed and none was given.
final class MasterKeys: Sendable {
    private let configured: MasterKey?
    private let names: DataFolderNames
    private let fileSystem: any FileSystem
    private let logger: Logger
    /// The folder's own key, once it was found or made.
    private let own: Mutex<MasterKey?>
    private let making = AsyncGate()
    /// Why the folder's own key cannot be used, where it is there and a key was given; otherwise nil.
    let failureOfOwn: DataFolderError?

    private static let threads = NIOThreadPool.singleton

    /// Reads the folder's own key when there is one; blocking. Throws `encryptionKey` when its file cannot be used and no
    /// key was given: that one may be all that is needed.
    init(
        configured: MasterKey?,
        names: DataFolderNames,
        fileSystem: any FileSystem,
        logger: Logger
    ) throws(DataFolderError) {
        self.configured = configured
        self.names = names
        self.fileSystem = fileSystem
        self.logger = logger
        let isThere: Bool
        do throws(FileError) {
            isThere = try fileSystem.list(names.path).contains(DataFolderNames.encryptionKeyName)
        } catch {
            throw DataFolderError(opening: names.path, error)
        }
        var found: MasterKey?
        var failure: DataFolderError?
        if isThere {
            do throws(DataFolderError) {
                found = try MasterKey(path: names.encryptionKey)
            } catch {
                guard configured != nil else { throw error }
                failure = error
            }
        }
        own = Mutex(found)
        failureOfOwn = failure
    }

    /// The key of a fingerprint; nil when it is neither the given one nor the folder's own.
    func key(_ fingerprint: MasterKey.Fingerprint) -> MasterKey? {
        [configured, own.withLock { $0 }].compactMap { $0 }.first { $0.fingerprint == fingerprint }
    }

    /// The key that was given; nil when none was.
    var given: MasterKey? { configured }

    /// The folder's own key; nil when none was needed.
    var ownKey: MasterKey? { own.withLock { $0 } }

    /// The key that wraps new data keys. The folder's own is made, durably, when it is needed for the first time.
    func forWrapping() async throws(ServiceError) -> MasterKey {
        if let configured { return configured }
        return try await making.withGate { [self] () async throws(ServiceError) in
            if let own = own.withLock({ $0 }) { return own }
            let made = MasterKey.random()
            do {
                try await Self.threads.runIfActive { [self] in try Self.write(made, names: names, fileSystem) }
            } catch {
                throw ServiceError(.serviceUnavailable, "The encryption key cannot be written.", cause: error)
            }
            own.withLock { $0 = made }
            logger.notice("encryption key made", metadata: ["file.path": "\(names.encryptionKey)"])
            return made
        }
    }

    /// The file has its name only when it is whole and on disk.
    static func write(_ key: MasterKey, names: DataFolderNames, _ fileSystem: any FileSystem) throws {
        let unfinished = names.encryptionKey + ".new"
        try OpenFiles.makePrivateFile(unfinished)
        let file = try fileSystem.open(unfinished, .create)
        let result = key.bytes.withUnsafeBytes { bytes in
            Result { () throws(FileError) in try file.write(bytes, at: 0) }
        }
        try result.get()
        try file.sync()
        try fileSystem.rename(unfinished, to: names.encryptionKey)
        try fileSystem.syncDirectory(names.path)
    }
}
