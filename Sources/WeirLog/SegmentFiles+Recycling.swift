import Logging
import WeirRuntime

extension SegmentFiles {
    /// Sizes of files that are worth being written over: a smaller one saves little, and a larger one holds space that the segment does
    /// not need, until it is sealed. A group commit may make a segment larger.
    private var spareSizes: ClosedRange<Int64> {
        let size = segmentSize.value
        return size / 2...size * 2 + Int64(options.maximumBatchSizeInBytes)
    }

    /// Gives the file of a dropped segment the name of a spare one, durably, if it is worth it; else removes it durably.
    func retire(_ segment: Segment, to spares: SpareSegments) throws(FileError) {
        if try keep(segment, in: spares) { return }
        do throws(FileError) {
            try fileSystem.remove(segment.path)
        } catch {
            if !error.isNotFound { throw error }
        }
        try fileSystem.syncDirectory(directory)
    }

    private func keep(_ segment: Segment, in spares: SpareSegments) throws(FileError) -> Bool {
        guard options.maximumSpareCount > 0, let file = try? fileSystem.open(segment.path, .readWrite) else {
            return false
        }
        // One with another name is somebody's copy.
        // A packed one had a spare file of this name before.
        guard let size = try? file.size(), spareSizes.contains(size),
            (try? file.linkCount()) == 1,
            case .valid(let header) = try? headerReading(of: file, path: segment.path), !header.isPacked,
            spares.reserve(size, maximumCount: options.maximumSpareCount)
        else { return false }
        let path = "\(directory)/\(LogFormat.spareName(baseIndex: segment.baseIndex))"
        do throws(FileError) {
            try fileSystem.rename(segment.path, to: path)
            // Before this the segment's own name may come back after a crash, and must find its content then.
            try fileSystem.syncDirectory(directory)
        } catch {
            spares.abandon(size)
            throw error
        }
        spares.keep(SpareSegments.Spare(file: file, path: path, size: size))
        return true
    }

    /// Gives the file of a segment that is packed the name of a spare one as well, if it is worth it. It may be written over as soon
    /// as the segment has its other file, durably; then ``SpareSegments/keep(_:)`` must follow, else ``discard(_:in:)``.
    func linkSpare(_ segment: Segment, in spares: SpareSegments) -> SpareSegments.Spare? {
        // One is enough for the next segment, and packing is to save space.
        guard options.maximumSpareCount > 0, let file = try? fileSystem.open(segment.path, .readWrite),
            let size = try? file.size(), spareSizes.contains(size),
            (try? file.linkCount()) == 1, spares.reserve(size, maximumCount: 1)
        else { return nil }
        let path = "\(directory)/\(LogFormat.spareName(baseIndex: segment.baseIndex))"
        do throws(FileError) {
            try fileSystem.link(segment.path, to: path)
        } catch {
            spares.abandon(size)
            return nil
        }
        return SpareSegments.Spare(file: file, path: path, size: size)
    }

    /// Takes the name of a spare file back that is not to be written over.
    func discard(_ spare: SpareSegments.Spare, in spares: SpareSegments) {
        spares.abandon(spare.size)
        // Opening the log removes it otherwise.
        try? fileSystem.remove(spare.path)
    }

    /// As ``create(baseIndex:leastTimestamp:)``, in a spare file when there is one.
    func create(baseIndex: UInt64, leastTimestamp: Int64, in spares: SpareSegments) throws(LogError) -> TailFile {
        let (fitting, others) = spares.take(of: spareSizes)
        // They are from before the size of segments was set. Opening the log removes them otherwise.
        for other in others { try? fileSystem.remove(other.path) }
        guard let spare = fitting, (try? spare.file.linkCount()) == 1 else {
            return try create(baseIndex: baseIndex, leastTimestamp: leastTimestamp)
        }
        let path = path(baseIndex: baseIndex)
        let header = newHeader(baseIndex: baseIndex, leastTimestamp: leastTimestamp)
        do throws(FileError) {
            try spare.file.write(header.encoded()[...], at: 0)
        } catch {
            return try createInstead(of: spare, after: error, baseIndex: baseIndex, leastTimestamp: leastTimestamp)
        }
        do throws(FileError) {
            // The header is durable before a segment's name leads to it.
            try spare.file.dataSync()
        } catch {
            throw LogError(.failed, "a new segment could not be made durable: \(error)", cause: error)
        }
        do throws(FileError) {
            try fileSystem.rename(spare.path, to: path)
        } catch {
            return try createInstead(of: spare, after: error, baseIndex: baseIndex, leastTimestamp: leastTimestamp)
        }
        try makeNameDurable()
        return TailFile(
            file: spare.file,
            path: path,
            header: header,
            endOfData: Int64(LogFormat.headerPageSize),
            endOfFile: spare.size,
            isRecycled: true
        )
    }

    private func createInstead(
        of spare: SpareSegments.Spare,
        after error: FileError,
        baseIndex: UInt64,
        leastTimestamp: Int64
    ) throws(LogError) -> TailFile {
        logger.notice(
            "A spare log segment could not be used",
            metadata: ["log.segment": "\(spare.path)", "error.message": "\(error)"]
        )
        // Opening the log removes it otherwise.
        try? fileSystem.remove(spare.path)
        return try create(baseIndex: baseIndex, leastTimestamp: leastTimestamp)
    }

    /// Removes the spare files that an earlier process left, and what it was packing. Whether their names are durable is not
    /// known.
    func removeLeftOvers() throws(LogError) {
        try withLogErrors { () throws(FileError) in
            for name in try fileSystem.list(directory) where LogFormat.isLeftOver(name: name) {
                try fileSystem.remove("\(directory)/\(name)")
            }
        }
    }
}
