import Synchronization
import WeirRuntime

extension Log {
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
        try removal.withLock { (isFolderSynced) throws(LogError) in
            while let segment = dropped.withLock({ $0.first }) {
                if !isFolderSynced {
                    try withLogErrors { () throws(FileError) in try files.fileSystem.syncDirectory(files.directory) }
                    isFolderSynced = true
                }
                try withLogErrors { () throws(FileError) in try files.retire(segment, to: spares) }
                dropped.withLock { _ = $0.removeFirst() }
            }
        }
    }
}
