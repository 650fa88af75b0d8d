import NIOPosix
import Synchronization
import WeirLog
import WeirModel
import WeirRuntime

extension DataFolder {
    /// Copies this folder into another while it is in use: the catalogue, then each log, then what fits the one to the
    /// others; the catalogue gets its name last. See `docs/BACKUP.md`. Answers the bytes of the logs.
    func backUp(to path: String, fileSystem: any FileSystem) async throws -> Int64 {
        let names = DataFolderNames(path: path)
        let unfinished = names.catalogue + ".partial"
        let catalogue = catalogue
        let ids = try await Self.threads.runIfActive {
            try fileSystem.makeDirectory(names.streams)
            try OpenFiles.makePrivateFile(unfinished)
            try catalogue.copy(to: unfinished)
            return try Catalogue.streamIDs(ofCopy: unfinished)
        }
        var gone: [Int64] = []
        var total: Int64 = 0
        for id in ids {
            if let bytes = try await copyLog(of: id, to: "\(names.streams)/\(id)", fileSystem) {
                total += bytes
            } else {
                gone.append(id)
            }
        }
        let keys = try await catalogue.dataKeys()
        try await copyKey(to: names, fileSystem)
        try await Self.threads.runIfActive { [gone] in
            try Catalogue.settle(copy: unfinished, gone: gone, keys: keys)
            try fileSystem.open(unfinished, .readWrite).sync()
            try fileSystem.syncDirectory(names.streams)
            try fileSystem.rename(unfinished, to: names.catalogue)
            try fileSystem.syncDirectory(path)
        }
        return total
    }

    /// Bytes of the log; nil when the stream was deleted meanwhile.
    private func copyLog(of id: Int64, to directory: String, _ fileSystem: any FileSystem) async throws -> Int64? {
        guard let live = streams.registry.withLock({ $0.stream(id: id) }) else { return nil }
        do {
            return try await Self.threads.runIfActive { try live.log.copy(to: directory) }
        } catch let error as LogError {
            guard error.code == .closed, live.withMachine({ $0.isDeleted }) else { throw error }
            try await Self.threads.runIfActive { try fileSystem.removeTree(directory) }
            return nil
        }
    }

    /// The folder's own master key, where it has one, goes with it. One that was given does not.
    private func copyKey(to copy: DataFolderNames, _ fileSystem: any FileSystem) async throws {
        guard let own = masters.ownKey else { return }
        try await Self.threads.runIfActive { try MasterKeys.write(own, names: copy, fileSystem) }
    }
}
