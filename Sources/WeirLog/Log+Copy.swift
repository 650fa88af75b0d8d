import NIOCore
import WeirRuntime

extension Log {
    private static let copiedBytesAtATime = 1 << 20

    /// Copies the log, as far as it is durable when the call begins, into a folder; blocks. Appends and trims go on. Every
    /// frame of the copy is read back and checked, and the copy is on disk when this returns. Answers its bytes.
    ///
    /// The newest segment goes first. When the oldest are trimmed away meanwhile, the copy begins later, as the log then
    /// does, and has no gap. Throws `.closed` when the log was closed meanwhile: the copy may lack anything then.
    public func copy(to directory: String) throws(LogError) -> Int64 {
        guard let snapshot = index.snapshot(lane: 0) else { throw LogError(.closed, "the log is closed") }
        let copies = SegmentFiles(
            directory: directory,
            fileSystem: files.fileSystem,
            options: files.options,
            logger: files.logger
        )
        try withLogErrors { () throws(FileError) in try files.fileSystem.makeDirectory(directory) }
        let layout = snapshot.tailLayout
        let end = layout.baseIndex + UInt64(layout.offsets.count)
        var total = try copy(snapshot.tailFile.file, layout.baseIndex, end, layout.endOfData, to: copies)
        for segment in snapshot.sealed.reversed() {
            let source: any File
            do throws(FileError) {
                source = try files.fileSystem.open(segment.path, .read)
            } catch {
                // Trimmed away: so are those before it.
                if error.isNotFound, segment.isDropped { break }
                throw LogError(.io, "\(error)", cause: error)
            }
            let size = try withLogErrors { () throws(FileError) in try source.size() }
            total += try copy(source, segment.baseIndex, segment.nextIndex, size, to: copies)
        }
        try withLogErrors { () throws(FileError) in try files.fileSystem.syncDirectory(directory) }
        // Closing marks the segments as trimmed does.
        guard index.snapshot(lane: 0) != nil else { throw LogError(.closed, "the log was closed while it was copied") }
        return total
    }

    private func copy(
        _ source: any File,
        _ baseIndex: UInt64,
        _ nextIndex: UInt64,
        _ size: Int64,
        to copies: SegmentFiles
    ) throws(LogError) -> Int64 {
        let path = copies.path(baseIndex: baseIndex)
        let copy = try withLogErrors { () throws(FileError) in
            let copy = try copies.fileSystem.open(path, .create)
            var offset: Int64 = 0
            while offset < size {
                var buffer = ByteBuffer()
                let count = try source.read(
                    Int(min(size - offset, Int64(Self.copiedBytesAtATime))),
                    at: offset,
                    into: &buffer
                )
                if count == 0 { break }
                try copy.write(buffer, at: offset)
                offset += Int64(count)
            }
            try copy.sync()
            return copy
        }
        let header = try copies.header(of: copy, path: path)
        let end = try withLogErrors { () throws(FileError) in
            try SegmentScanner(file: copy, header: header).scan(limit: nextIndex) { _, _ in }
        }
        guard end.nextIndex == nextIndex else {
            throw LogError(
                .corrupt,
                "\(path): offset \(end.offset): the frame of entry \(end.nextIndex) is damaged, there or in the original",
                corruptIndex: end.nextIndex
            )
        }
        return size
    }
}
