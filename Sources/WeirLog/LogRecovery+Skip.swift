import Logging
import WeirRuntime

/// The second part of recovery, where entries may have been acknowledged and be lost: no index is given twice.
extension LogRecovery {
    /// Begins a new tail behind all indexes that may have been given, durably.
    func skipIndexes(_ found: inout Found) throws(LogError) {
        let firstIndex = found.sealed.first?.baseIndex ?? found.contents.baseIndex
        let old = found.tail
        let previousEnd = old.isEmpty ? old.header.previousEnd : found.contents.nextIndex
        // What was not lost ends here, and what was lost is less than this.
        let baseIndex = found.contents.nextIndex + LogFormat.maximumUnsyncedCount
        if !old.isEmpty { try seal(found, firstIndex: firstIndex) }
        found.tail = try files.create(
            baseIndex: baseIndex,
            leastTimestamp: found.newestTimestamp,
            previousEnd: previousEnd
        )
        if old.isEmpty {
            // Not before the new one is durable: it has the newest timestamp.
            try files.removeDurably(old.path)
            if let last = found.sealed.popLast() {
                found.sealed.append(Segment(path: last.path, baseIndex: last.baseIndex, nextIndex: baseIndex))
            }
        } else {
            let sealed = Segment(
                path: old.path,
                baseIndex: old.header.baseIndex,
                nextIndex: baseIndex,
                newestTimestamp: found.contents.newestTimestamp
            )
            found.sealed.append(sealed)
        }
        files.logger.notice(
            "The log was not closed, and may have lost what was acknowledged last; indexes are skipped",
            metadata: ["log.directory": "\(files.directory)", "log.skipped": "\(previousEnd) to \(baseIndex - 1)"]
        )
        found.contents.begin(baseIndex: baseIndex, firstIndex: firstIndex)
    }

    /// Ends the tail, whose frames are durable.
    private func seal(_ found: Found, firstIndex: UInt64) throws(LogError) {
        let footer = found.contents.sealed(from: firstIndex)
            .encodedFooter(checksumSeed: found.tail.header.checksumSeed)
        try withLogErrors { () throws(FileError) in
            try found.tail.file.writeFooter(footer, at: found.tail.endOfData)
            try found.tail.file.sync()
        }
    }

    /// Removes the empty segment that the last one took the place of, if a crash kept it. Answers the base indexes of the
    /// others.
    func removeReplaced(
        _ bases: [UInt64],
        by last: SegmentHeader,
        _ file: any File
    ) throws(LogError) -> [UInt64] {
        let replaced = bases.filter { last.replaces($0) }
        if replaced.isEmpty { return bases }
        // Whether the last one is durable is not known, and it alone may tell the next index.
        try withLogErrors { () throws(FileError) in
            try rewrite(file, from: 0, to: Int64(LogFormat.headerPageSize))
            try files.fileSystem.syncDirectory(files.directory)
        }
        for base in replaced { try files.removeDurably(files.path(baseIndex: base)) }
        return bases.filter { !last.replaces($0) }
    }
}

extension SegmentHeader {
    /// Whether this segment was made in place of the one of a base index, which is empty.
    func replaces(_ base: UInt64) -> Bool { previousEnd <= base && base < baseIndex }
}

extension SegmentFiles {
    /// Removes a file, and makes sure that it stays away.
    func removeDurably(_ path: String) throws(LogError) {
        try withLogErrors { () throws(FileError) in
            try fileSystem.remove(path)
            try fileSystem.syncDirectory(directory)
        }
    }
}
