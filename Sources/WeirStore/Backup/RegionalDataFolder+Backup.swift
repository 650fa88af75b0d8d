import NIOPosix
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
    /// it. When it throws, or the process ends before it returns, no folder of that name is there.
    ///
    /// Throws `resourceInUse` when another backup is being made, or the folder is there; `serviceUnavailable` when a disk
    /// refuses or is full, when a log is damaged, and when the source is closed meanwhile.
    func backUp(to path: String) async throws(ServiceError) -> BackupReport
}

extension RegionalDataFolder: BackupSource {
    public func backUp(to path: String) async throws(ServiceError) -> BackupReport {
        guard !isBackingUp.exchange(true, ordering: .acquiring) else {
            throw ServiceError(.resourceInUse, "Another backup is being made.")
        }
        defer { isBackingUp.store(false, ordering: .releasing) }
        // A caller that goes away cancels its task. The copy is finished, or cleaned up, all the same.
        return try await Task { () async -> Result<BackupReport, ServiceError> in
            // A thread of its own: others that block, as the creation of streams does, need not wait for gigabytes.
            let threads = NIOThreadPool(numberOfThreads: 1)
            threads.start()
            let outcome: Result<BackupReport, ServiceError>
            do {
                outcome = .success(try await self.backUp(to: path, threads))
            } catch {
                outcome = .failure(Self.backupError(error))
            }
            // It throws only when it was shut down before.
            try? await threads.shutdownGracefully()
            return outcome
        }.value.get()
    }

    private func backUp(to path: String, _ threads: NIOThreadPool) async throws -> BackupReport {
        let partial = path + ".partial"
        let fileSystem = fileSystem
        try await threads.runIfActive {
            guard access(path, F_OK) != 0 else {
                throw ServiceError(.resourceInUse, "There is a backup \(path) already.")
            }
            // What an earlier backup of that name left when the process ended.
            try fileSystem.removeTree(partial)
            // The copy holds secrets, and is nobody else's to enter.
            guard mkdir(partial, mode_t(0o700)) == 0 else {
                throw FileError(operation: "mkdir", path: partial, code: errno)
            }
        }
        do {
            let report = try await copyAll(to: partial, threads)
            try await threads.runIfActive {
                try fileSystem.rename(partial, to: path)
                try fileSystem.syncDirectory("\(path)/..")
            }
            return report
        } catch {
            try? await threads.runIfActive { try fileSystem.removeTree(partial) }
            throw error
        }
    }

    /// The region at the root comes last: without it the copy is no data folder.
    private func copyAll(to path: String, _ threads: NIOThreadPool) async throws -> BackupReport {
        var report = BackupReport()
        let fileSystem = fileSystem
        let folders = openFolders
        for (region, folder) in folders where region != defaultRegion {
            let inner = "\(path)/\(DataFolderNames.regionsName)/\(region)"
            report += try await folder.backUp(to: inner, fileSystem: fileSystem, threads: threads)
        }
        guard let root = folders[defaultRegion] else {
            throw ServiceError(.serviceUnavailable, "The server is shutting down.")
        }
        report += try await root.backUp(to: path, fileSystem: fileSystem, threads: threads)
        return report
    }

    private static func backupError(_ error: any Error) -> ServiceError {
        if let error = error as? ServiceError {
            return ServiceError(error.code, "No backup was made: \(error.message)", cause: error.cause)
        }
        let reason = (error as? LogError)?.message ?? "\(error)"
        return ServiceError(.serviceUnavailable, "No backup was made: \(reason)", cause: error)
    }
}
