import Logging
import WeirRuntime

/// The mark of a log that acknowledges before it syncs: a file that is there as long as what was acknowledged may be lost. Where
/// it is found when the log is opened, the log skips the indexes that may have been given.
extension SegmentFiles {
    private var markPath: String { "\(directory)/\(LogFormat.unsyncedMarkName)" }

    /// Whether the mark is there.
    func isMarkedUnsynced() throws(LogError) -> Bool {
        do throws(FileError) {
            _ = try fileSystem.open(markPath, .read)
            return true
        } catch {
            if error.isNotFound { return false }
            throw LogError(error)
        }
    }

    /// Makes the mark, durably: before the first entry that is acknowledged without a sync.
    func markUnsynced() throws(LogError) {
        let mark = try withLogErrors { () throws(FileError) in try fileSystem.open(markPath, .create) }
        do throws(FileError) {
            try mark.sync()
            try fileSystem.syncDirectory(directory)
        } catch {
            throw LogError(.failed, "the mark of unsynced entries could not be made durable: \(error)", cause: error)
        }
    }

    /// Removes the mark: nothing is acknowledged any more that is not synced. One that stays does no harm.
    func removeUnsyncedMark() {
        do throws(FileError) {
            try fileSystem.remove(markPath)
            try fileSystem.syncDirectory(directory)
        } catch {
            logger.notice(
                "The mark of unsynced entries could not be removed; the next start skips indexes",
                metadata: ["log.directory": "\(directory)", "error.message": "\(error)"]
            )
        }
    }

    /// The index after the last entry before a segment, as its header says; its base index where there is no such segment.
    func end(beforeSegment baseIndex: UInt64) throws(LogError) -> UInt64 {
        let path = path(baseIndex: baseIndex)
        let file: any File
        do throws(FileError) {
            file = try fileSystem.open(path, .read)
        } catch {
            if error.isNotFound { return baseIndex }
            throw LogError(error)
        }
        return try header(of: file, path: path).previousEnd
    }

    /// The same; a damaged header is taken to have skipped none.
    func likelyEnd(beforeSegment baseIndex: UInt64) throws(LogError) -> UInt64 {
        do throws(LogError) {
            return try end(beforeSegment: baseIndex)
        } catch {
            if error.code == .corrupt || error.code == .unsupportedFormat { return baseIndex }
            throw error
        }
    }
}
