import NIOCore
import WeirRuntime

/// Appends to the tail segment and seals it. One thread at a time uses it.
final class LogWriter {
    private let files: SegmentFiles
    private let index: LogIndex
    private let pool: LogWriterPool
    private let spares: SpareSegments
    private var tail: TailFile
    /// Writes the tail around the page cache; nil when that was not tried yet or is not possible.
    private var direct: DirectWriter?
    private var hasTriedDirect: Bool
    private var nextIndex: UInt64
    /// The first index that is not known to be synced.
    private var firstUnsynced: UInt64
    /// Whether the mark is there, durably, without which nothing may be acknowledged before it is synced.
    private var isMarked = false
    /// No later entry gets an earlier one.
    private var newestTimestamp: Int64
    private var extensionSize: Int
    /// Whether a segment was sealed since it was last asked.
    private var hasSealed = false
    /// Whether it was asked for a spare file for the segment after this one.
    private var hasAskedForSpare = false
    /// Bytes of the tail that came by commits that are written without zeros behind them.
    private var largeCommitSize: Int64 = 0

    init(
        files: SegmentFiles,
        index: LogIndex,
        pool: LogWriterPool,
        spares: SpareSegments,
        tail: TailFile,
        newestTimestamp: Int64
    ) {
        self.files = files
        self.index = index
        self.pool = pool
        self.spares = spares
        self.tail = tail
        self.newestTimestamp = newestTimestamp
        nextIndex = index.nextIndex
        firstUnsynced = nextIndex
        extensionSize = files.options.minimumExtensionSizeInBytes
        hasTriedDirect = !files.options.usesDirectIO
    }

    /// What was shown to readers and is not known to be synced.
    var unsynced: Range<UInt64> { firstUnsynced..<nextIndex }

    /// Writes appends by one write, and shows them to readers; with `syncing` all that was written is synced before that.
    /// Answers the first one's index.
    ///
    /// Throws `.noSpace` and `.io` when nothing was kept, and `.failed` when it is not known what is on disk: then
    /// this writer must not be used again.
    func commit(
        _ batch: [NewLogEntries],
        size: Int,
        syncing: Bool,
        buffer: inout ByteBuffer
    ) throws(LogError) -> UInt64 {
        let firstIndex = nextIndex
        if size == 0 {
            if syncing { try syncWritten() }
            return firstIndex
        }
        if !syncing, !isMarked {
            try files.markUnsynced()
            isMarked = true
        }
        if tail.isSealed || (!tail.isEmpty && tail.endOfData + Int64(size) > files.segmentSize.value) {
            try roll()
        }
        // What is not synced at once is best left to the page cache.
        let isDirect = syncing && canWriteDirectly()
        let laidOut = layOut(batch, size: size, into: &buffer, for: isDirect ? direct : nil)
        do throws(FileError) {
            try write(&buffer, directly: isDirect)
        } catch {
            if isDirect, !error.isOutOfSpace {
                try restoreBlock(after: error)
            }
            try giveUpWrite(after: error)
        }
        if syncing { try sync { (file) throws(FileError) in try file.dataSync() } }
        publish(&buffer)
        tail.endOfData += Int64(size)
        if isLarge(size) { largeCommitSize += Int64(size) }
        nextIndex += UInt64(laidOut.count)
        if syncing { firstUnsynced = nextIndex }
        newestTimestamp = laidOut.newestTimestamp
        return firstIndex
    }

    /// Syncs what was written without. Throws `.failed`.
    func syncWritten() throws(LogError) {
        if unsynced.isEmpty { return }
        try sync { (file) throws(FileError) in try file.dataSync() }
        firstUnsynced = nextIndex
    }

    /// Takes the mark away, if it is there and all is synced.
    func unmark() {
        guard isMarked, unsynced.isEmpty else { return }
        files.removeUnsyncedMark()
        isMarked = false
    }

    /// Shows frames to readers, and keeps them in memory for those at the tip.
    private func publish(_ buffer: inout ByteBuffer) {
        let size = buffer.readableBytes
        var kept: ByteBuffer?
        if pool.recent.takes(size) {
            kept = size < RecentFrames.leastSizeKeptWhole ? ByteBuffer(bytes: buffer.readableBytesView) : buffer
        }
        buffer.withUnsafeReadableBytes { index.publish($0, at: tail.endOfData, kept: kept) }
        guard let held = kept?.capacity else { return }
        if size >= RecentFrames.leastSizeKeptWhole { buffer = ByteBuffer() }
        kept = nil
        for leaving in pool.recent.add(held, of: index) where leaving.capacity > buffer.capacity { buffer = leaving }
    }

    /// Seals the tail and begins a new one. The tail must not be empty. Throws as ``commit(_:size:buffer:)``.
    func roll() throws(LogError) {
        let sealedIndex = index.sealedTail()
        if !tail.isSealed {
            // A footer says that all frames before it are durable.
            try syncWritten()
            let footer = sealedIndex.encodedFooter(checksumSeed: tail.header.checksumSeed)
            do throws(FileError) {
                try tail.file.writeFooter(footer, at: tail.endOfData)
            } catch {
                try giveUpWrite(after: error)
            }
            try sync { (file) throws(FileError) in try file.sync() }
            tail.isSealed = true
        }
        let newTail = try files.create(baseIndex: nextIndex, leastTimestamp: newestTimestamp, in: spares)
        let sealed = Segment(
            path: tail.path,
            baseIndex: tail.header.baseIndex,
            nextIndex: nextIndex,
            newestTimestamp: sealedIndex.newestTimestamp
        )
        let opened = OpenSegment(file: tail.segmentFile, index: .frames(sealedIndex), of: sealed, id: sealed.id)
        pool.segments.insert(opened, for: sealed)
        index.roll(sealed: sealed, tailFile: newTail.segmentFile)
        tail = newTail
        direct = nil
        hasTriedDirect = !files.options.usesDirectIO
        hasSealed = true
        extensionSize = files.options.minimumExtensionSizeInBytes
        hasAskedForSpare = false
        largeCommitSize = 0
    }

    /// The base index of the tail, once it is half full, when that went so fast that a spare file should be made for the
    /// segment after it.
    func wishForSpare() -> UInt64? {
        let options = files.options
        guard !hasAskedForSpare, tail.endOfData >= files.segmentSize.value / 2 else { return nil }
        hasAskedForSpare = true
        // It would be full of zeros, which large commits are better without.
        if largeCommitSize > tail.endOfData / 2 { return nil }
        let age = options.time.wallMilliseconds - tail.header.created
        return age < Int64(options.preparesSparesWithinSeconds) * 1000 ? tail.header.baseIndex : nil
    }

    /// Whether a segment was sealed since the last call.
    func takeHasSealed() -> Bool {
        defer { hasSealed = false }
        return hasSealed
    }

    /// Syncs the tail once more. What a recycled file held behind the entries is cut off, so that opening it need not look
    /// through it.
    func close() throws(LogError) {
        if tail.isRecycled, tail.endOfFile > tail.endOfData {
            do throws(FileError) {
                try tail.truncateToData()
            } catch {
                throw LogError(.failed, "the log could not be closed: \(error)", cause: error)
            }
        } else {
            try sync { (file) throws(FileError) in try file.dataSync() }
        }
        firstUnsynced = nextIndex
        unmark()
    }

    private func layOut(
        _ batch: [NewLogEntries],
        size: Int,
        into buffer: inout ByteBuffer,
        for direct: DirectWriter?
    ) -> (count: Int, newestTimestamp: Int64) {
        let seed = tail.header.checksumSeed
        var timestamp = newestTimestamp
        var count = 0
        let wanted = size + (direct?.room ?? 0)
        // What is kept whole is not to hold much more memory than it needs: the next sizes up are powers of two.
        if size >= RecentFrames.leastSizeKeptWhole, buffer.capacity > 2 * wanted { buffer = ByteBuffer() }
        buffer.clear(minimumCapacity: wanted)
        var start = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { space in
            guard let memory = space.baseAddress else { return 0 }
            start = direct?.start(in: memory, for: tail.endOfData) ?? 0
            var place = memory + start
            for append in batch {
                append.prefixes.withUnsafeReadableBytes { prefixes in
                    var prefixes = prefixes
                    // A span lends its elements, and counts no owners of them.
                    let entries = append.entries.span
                    for number in entries.indices {
                        timestamp = max(timestamp, entries[number].timestamp)
                        let header = FrameHeader(
                            payloadSize: entries[number].payloadSize,
                            index: nextIndex + UInt64(count),
                            timestamp: timestamp,
                            lane: entries[number].lane,
                            syncDistance: UInt32(nextIndex + UInt64(count) - firstUnsynced)
                        )
                        header.write(to: place, checksumSeed: seed) {
                            entries[number].copyPayload(to: $0, prefixes: prefixes)
                        }
                        prefixes = UnsafeRawBufferPointer(rebasing: prefixes.dropFirst(entries[number].prefixSize))
                        place += header.frameSize
                        count += 1
                    }
                }
            }
            return start + size
        }
        buffer.moveReaderIndex(forwardBy: start)
        return (count, timestamp)
    }

    private func canWriteDirectly() -> Bool {
        if !hasTriedDirect {
            hasTriedDirect = true
            direct = DirectWriter(tail.file, path: tail.path, in: files.fileSystem)
        }
        do throws(FileError) {
            try direct?.begin(at: tail.endOfData)
        } catch {
            // The disk cannot read it. The page cache may have it.
            return false
        }
        return direct != nil
    }

    /// Writes the frames in a buffer, laid out for it, at the end of the tail.
    private func write(_ buffer: inout ByteBuffer, directly isDirect: Bool) throws(FileError) {
        let size = buffer.readableBytes
        if isDirect {
            do throws(FileError) {
                try extend(toHold: size, by: direct)
                try direct?.write(&buffer)
                return
            } catch {
                guard error.isUnsupported else { throw error }
                // Not this file system, or not with these blocks.
                direct = nil
            }
        }
        try extend(toHold: size, by: nil)
        try tail.file.write(buffer, at: tail.endOfData)
    }

    /// Whether a commit of so many bytes is better without zeros behind it.
    private func isLarge(_ size: Int) -> Bool { size >= files.options.minimumBatchSizeWithoutZerosInBytes }

    /// Writes zeros behind the frames to come when they reach past the end of the file, so that most syncs need not
    /// make a new file size durable. Not behind large commits.
    private func extend(toHold size: Int, by direct: DirectWriter?) throws(FileError) {
        let endOfFrames = tail.endOfData + Int64(size)
        let end = direct?.endOfBlock(endOfFrames) ?? endOfFrames
        if end <= tail.endOfFile { return }
        let page = Int64(LogFormat.headerPageSize)
        if isLarge(size) {
            tail.endOfFile = end
            return
        }
        let wished = (end + Int64(extensionSize)).roundedUp(toMultipleOf: page)
        let limited = max(end, min(wished, files.segmentSize.value))
        let newEnd = direct?.endOfBlock(limited) ?? limited
        extensionSize = min(extensionSize * 2, files.options.maximumExtensionSizeInBytes)
        if let direct {
            try direct.writeZeros(end..<newEnd)
        } else {
            try tail.file.writeZeros(end..<newEnd)
        }
        tail.endOfFile = newEnd
    }

    /// After a direct write that failed in the disk: it was to write durable bytes once more, those before the frames in their
    /// block, and what stands there now is not known.
    private func restoreBlock(after error: FileError) throws(LogError) {
        do throws(FileError) {
            try direct?.restoreBlock()
        } catch let second {
            throw LogError(
                .failed,
                "what a failed direct write (\(error)) may have damaged was not mended: \(second)",
                cause: second
            )
        }
    }

    /// After a write that failed: cuts off whatever part of it arrived, then throws its error.
    private func giveUpWrite(after error: FileError) throws(LogError) -> Never {
        do throws(FileError) {
            try tail.truncateToData()
        } catch let second {
            throw LogError(.failed, "a failed write (\(error)) could not be undone: \(second)", cause: second)
        }
        firstUnsynced = nextIndex
        throw LogError(error)
    }

    /// After a failed sync nothing is known of what is on disk, and a second one would prove nothing.
    private func sync(_ call: (any File) throws(FileError) -> Void) throws(LogError) {
        do throws(FileError) {
            try call(tail.file)
        } catch {
            throw LogError(.failed, "a sync failed, so the log takes no more appends: \(error)", cause: error)
        }
    }
}
