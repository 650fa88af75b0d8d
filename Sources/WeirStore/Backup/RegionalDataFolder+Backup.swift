import Synchronization
import WeirLog
import WeirModel
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What can be copied while it is in use.
public protocol BackupSource: Sendable {
    /// Makes a copy of everything in a folder that is not there yet. Everything that was acknowledged before the call is in
    /// it. When it throws, or the process ends, no folder of that name is there. Answers the bytes of records in it.
    func backUp(to path: String) async throws(ServiceError) -> Int64
}

extension RegionalDataFolder: BackupSource {
    public func backUp(to path: String) async throws(ServiceError) -> Int64 {
        try await backups.withGate { [self] () async throws(ServiceError) in
            let partial = path + ".partial"
            do {
                guard access(path, F_OK) != 0 else {
                    throw FileError(operation: "mkdir", path: path, code: EEXIST)
                }
                // What an earlier backup left that was interrupted.
                try fileSystem.removeTree(partial)
                // The copy holds secrets, and is nobody else's to enter.
                guard mkdir(partial, mode_t(0o700)) == 0 else {
                    throw FileError(operation: "mkdir", path: partial, code: errno)
                }
                let total = try await copyAll(to: partial)
                try fileSystem.rename(partial, to: path)
                try fileSystem.syncDirectory("\(path)/..")
                return total
            } catch {
                try? fileSystem.removeTree(partial)
                throw Self.backupError(error)
            }
        }
    }

    /// The region at the root comes last: without it the copy is no data folder.
    private func copyAll(to path: String) async throws -> Int64 {
        var total: Int64 = 0
        let folders = openFolders
        for (region, folder) in folders where region != defaultRegion {
            let inner = "\(path)/\(DataFolderNames.regionsName)/\(region)"
            try fileSystem.makeDirectory(inner)
            total += try await folder.backUp(to: inner, fileSystem: fileSystem)
        }
        guard let root = folders[defaultRegion] else {
            throw ServiceError(.serviceUnavailable, "The data folder is closed.")
        }
        return total + (try await root.backUp(to: path, fileSystem: fileSystem))
    }

    private static func backupError(_ error: any Error) -> ServiceError {
        if let error = error as? ServiceError { return error }
        let reason = (error as? LogError)?.message ?? "\(error)"
        return ServiceError(.serviceUnavailable, "The backup could not be made: \(reason)", cause: error)
    }
}
