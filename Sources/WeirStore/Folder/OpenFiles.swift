import Crypto
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A data folder that is locked, and its open catalogue.
struct OpenFiles: Sendable {
    let lock: FolderLock
    let catalogue: Catalogue
    let secretKey: SymmetricKey

    /// What a folder may hold before it becomes a data folder: `lost+found` is in every volume's root.
    private static let harmlessNames: Set<String> = [FolderLock.fileName, "lost+found"]

    /// Locks a folder and opens its catalogue, both made when absent; blocking.
    static func open(_ names: DataFolderNames, fileSystem: any FileSystem) throws -> OpenFiles {
        let path = names.path
        try refuseForeignFolder(path, fileSystem: fileSystem)
        guard let lock = try FolderLock.acquire(directory: path, fileSystem: fileSystem) else {
            throw DataFolderError(.locked, "The data folder \(path) is in use by another process.")
        }
        do {
            try makePrivateFile(names.catalogue)
            let newKey = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
            let catalogue = try Catalogue.open(path: names.catalogue, folder: path, secretKey: newKey)
            try fileSystem.syncDirectory(path)
            return OpenFiles(
                lock: lock,
                catalogue: catalogue,
                secretKey: SymmetricKey(data: try catalogue.secretKey())
            )
        } catch {
            lock.release()
            throw error
        }
    }

    /// A folder of other things is not made ours by a slip on the command line.
    private static func refuseForeignFolder(_ path: String, fileSystem: any FileSystem) throws {
        let names: [String]
        do throws(FileError) {
            names = try fileSystem.list(path)
        } catch {
            if error.isNotFound { return }
            throw error
        }
        guard !names.contains(DataFolderNames.catalogueName), !harmlessNames.isSuperset(of: names) else { return }
        throw DataFolderError(
            .notADataFolder,
            "The folder \(path) is not empty and no data folder of Weir: name another one."
        )
    }

    /// SQLite gives its files the mode of the database. It holds the secret key, and is nobody else's to read.
    static func makePrivateFile(_ path: String) throws(FileError) {
        #if canImport(Darwin)
            let descriptor = Darwin.open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode_t(0o600))
        #else
            let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode_t(0o600))
        #endif
        guard descriptor >= 0 else { throw FileError(operation: "open", path: path, code: errno) }
        close(descriptor)
    }
}
