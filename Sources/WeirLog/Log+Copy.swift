import NIOCore
import WeirRuntime

/// What a copy of a log holds.
public struct LogCopyReport: Hashable, Sendable {
    /// Its entries.
    public var entryCount: Int
    /// The bytes of its files.
    public var byteCount: Int64
}

extension Log {
    private static let copiedBytesAtATime = 1 << 20

    /// What was acknowledged in a log at one moment. It holds no entries, and costs a few bytes a segment. While it is kept, no
    /// file of a trimmed segment is used again.
    public struct CopyPoint: Sendable {
        /// The index after the last entry.
        public let nextIndex: UInt64
        /// Oldest first.
        fileprivate let sealed: [Segment]
        fileprivate let tail: SegmentFile
        fileprivate let tailBaseIndex: UInt64
        fileprivate let endOfTail: Int64
        fileprivate let hold: SpareSegments.Hold
    }

    /// What is acknowledged now; nil when the log is closed.
    public var copyPoint: CopyPoint? {
        // Before the snapshot: a segment that is in it is no spare one yet.
        let hold = spares.hold()
        guard let snapshot = index.snapshot(lane: 0) else { return nil }
        let layout = snapshot.tailLayout
        return CopyPoint(
            nextIndex: layout.baseIndex + UInt64(layout.offsets.count),
            sealed: snapshot.sealed,
            tail: snapshot.tailFile,
            tailBaseIndex: layout.baseIndex,
            endOfTail: layout.endOfData,
            hold: hold
        )
    }

    /// Copies the log, as it was at a moment, into a folder; blocks. Appends and trims go on. Everything in the copy is read
    /// back and checked, and the copy is on disk when this returns.
    ///
    /// The newest segment goes first. When the oldest are trimmed away meanwhile, the copy begins later, as the log then
    /// does, and has no gap. Throws `.closed` when the log was closed meanwhile: the copy may lack anything then; `.corrupt`
    /// when something is damaged, in the copy or in the log; `.io` and `.noSpace` when the disk refuses.
    public func copy(to directory: String, at point: CopyPoint) throws(LogError) -> LogCopyReport {
        let copies = SegmentFiles(
            directory: directory,
            fileSystem: files.fileSystem,
            options: files.options,
            logger: files.logger
        )
        try withLogErrors { () throws(FileError) in try files.fileSystem.makeDirectory(directory) }
        var bytes = try copy(point.tail.file, to: copies.path(baseIndex: point.tailBaseIndex), size: point.endOfTail)
        for segment in point.sealed.reversed() {
            let source: any File
            do throws(FileError) {
                source = try files.fileSystem.open(segment.path, .read)
            } catch {
                // Trimmed away: so are those before it.
                if error.isNotFound, segment.isDropped { break }
                throw LogError(error)
            }
            let size = try withLogErrors { () throws(FileError) in try source.size() }
            bytes += try copy(source, to: copies.path(baseIndex: segment.baseIndex), size: size)
        }
        try withLogErrors { () throws(FileError) in try files.fileSystem.syncDirectory(directory) }
        let entryCount = try check(copies, at: point)
        // Closing marks the segments as trimming does.
        try refuseClosed()
        return LogCopyReport(entryCount: entryCount, byteCount: bytes)
    }

    private func copy(_ source: any File, to path: String, size: Int64) throws(LogError) -> Int64 {
        let copy = try withLogErrors { () throws(FileError) in try files.fileSystem.open(path, .create) }
        var buffer = ByteBuffer()
        var offset: Int64 = 0
        while offset < size {
            // A server that stops does not wait for gigabytes.
            try refuseClosed()
            buffer.clear()
            let wanted = Int(min(size - offset, Int64(Self.copiedBytesAtATime)))
            let count = try withLogErrors { () throws(FileError) in
                let count = try source.read(wanted, at: offset, into: &buffer)
                try copy.write(buffer, at: offset)
                return count
            }
            if count == 0 { break }
            offset += Int64(count)
        }
        try withLogErrors { () throws(FileError) in try copy.sync() }
        return offset
    }

    /// Reads the copy back, and counts its entries.
    private func check(_ copies: SegmentFiles, at point: CopyPoint) throws(LogError) -> Int {
        let reports = try LogInspector(directory: copies.directory, fileSystem: copies.fileSystem).inspect()
        if let damage = reports.flatMap(\.damages).first {
            throw LogError(
                .corrupt,
                "\(damage); the file that was copied, in \(files.directory), or its copy",
                corruptIndex: damage.index
            )
        }
        guard let last = reports.last, last.nextIndex == point.nextIndex, last.tornTailOffset == nil else {
            throw LogError(
                .corrupt,
                "\(copies.directory): entries \(reports.last?.nextIndex ?? 0) to \(point.nextIndex) are missing",
                corruptIndex: reports.last?.nextIndex
            )
        }
        return reports.reduce(0) { $0 + $1.entryCount }
    }

    private func refuseClosed() throws(LogError) {
        guard index.isClosed else { return }
        throw LogError(.closed, "the log was closed while it was copied")
    }
}
