import Synchronization
import WeirRuntime

extension Log {
    /// How far the removal of files is.
    struct Removal {
        /// Whether what an earlier process removed is gone for certain.
        var isFolderSynced = false
        /// Whether the log is closed: its files may be another process'.
        var isStopped = false
    }

    /// Takes the segments out of the log whose newest entry is older.
    func dropSegments(before timestamp: Int64) throws(LogError) {
        if let newest = index.newestTailTimestamp, newest < timestamp {
            try writer.withLock { (writer) throws(LogError) in try writer.roll() }
        }
        while let first = index.firstSealed, try files.newestTimestamp(of: first) < timestamp {
            guard let segment = index.dropFirst() else { break }
            pool.segments.remove([segment])
            dropped.withLock { $0.append(segment) }
        }
    }

    /// Removes the files of dropped segments, or keeps them as spare ones. Each is gone for certain before the next is
    /// removed, so that after a crash no gap is left in the middle of the log.
    func removeDropped() throws(LogError) {
        try removal.withLock { (removal) throws(LogError) in
            while let segment = dropped.withLock({ $0.first }) {
                if removal.isStopped { throw LogError(.closed, "the log was closed before all files were removed") }
                if !removal.isFolderSynced {
                    try withLogErrors { () throws(FileError) in try files.fileSystem.syncDirectory(files.directory) }
                    removal.isFolderSynced = true
                }
                try withLogErrors { () throws(FileError) in try files.retire(segment, to: spares) }
                dropped.withLock { _ = $0.removeFirst() }
            }
        }
    }
}
