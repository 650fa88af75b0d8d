import NIOCore
import WeirRuntime

/// Packed segments.
extension SegmentInspection {
    func readPacked(
        _ file: any File,
        _ header: SegmentHeader,
        _ report: inout SegmentReport,
        _ visit: (LogEntry) -> Bool
    ) throws(FileError) {
        report.isSealed = true
        report.isPacked = true
        let trailer = try files.trailer(of: file, header: header)
        var index: PackedIndex
        if let trailer, case .blocks(let stored) = try files.storedIndex(of: file, trailer: trailer, header: header) {
            index = stored
        } else {
            let what = trailer == nil ? "the trailer is damaged or missing" : "the footer is damaged"
            let offset = trailer?.endOfData ?? max(0, report.fileBytes - Int64(LogFormat.trailerSize))
            damage(&report, offset, "\(what); the index is made anew from the headers of the blocks when it is read")
            index = try PackedIndex(walking: file, header: header)
            if let limit = trailer?.nextIndex ?? end, index.nextIndex < limit {
                let count = limit - index.nextIndex
                damage(
                    &report,
                    index.endOfData,
                    "no block begins here, and without a footer those behind it, with \(count) entries, are not found"
                )
                // What there is of the lanes that were found is read all the same.
                index.entryCount = Int(limit - index.baseIndex)
            }
        }
        report.nextIndex = index.nextIndex
        let segmentFile = SegmentFile(file: file, path: path, checksumSeed: header.checksumSeed)
        try checkHeaders(of: index, segmentFile, &report)
        try readBlocks(index, PackedReader(file: segmentFile), &report, visit)
    }

    /// The headers before the blocks, by which the index would be made anew.
    private func checkHeaders(
        of index: PackedIndex,
        _ file: SegmentFile,
        _ report: inout SegmentReport
    ) throws(FileError) {
        guard report.damages.isEmpty else { return }
        var buffer = ByteBuffer()
        for (number, block) in index.blocks.enumerated() {
            buffer.clear()
            _ = try file.file.read(LogFormat.blockHeaderSize, at: block.offset, into: &buffer)
            let found = buffer.withUnsafeReadableBytes { bytes in
                bytes.count < LogFormat.blockHeaderSize
                    ? nil
                    : bytes.baseAddress.flatMap {
                        PackedBlock($0, number: number, at: block.offset, checksumSeed: file.checksumSeed)
                    }
            }
            if found != block {
                damage(&report, block.offset, "the header of the block is damaged; the footer has what it said")
            }
        }
    }

    /// Reads all blocks, and gives their entries away in the order of indexes. It holds the blocks that entries of other lanes
    /// stand between, at most all of a segment.
    private func readBlocks(
        _ index: PackedIndex,
        _ reader: PackedReader,
        _ report: inout SegmentReport,
        _ visit: (LogEntry) -> Bool
    ) throws(FileError) {
        var closed: [UInt64: PackedBlock] = [:]
        for block in index.blocks { closed[block.firstIndex] = block }
        // By the index of their next entry.
        var open: [UInt64: PackedFrames] = [:]
        for next in index.baseIndex..<max(index.baseIndex, index.nextIndex) {
            if let block = closed.removeValue(forKey: next) {
                do throws(LogError) {
                    open[next] = try reader.frames(of: block)
                } catch {
                    if let cause = error.cause as? FileError { throw cause }
                    damage(&report, block.offset, "\(block.title) is damaged", index: next)
                }
            }
            guard var frames = open.removeValue(forKey: next) else { continue }
            if let entry = frames.take() {
                guard take(entry, &report, visit) else { return }
            } else {
                damage(&report, frames.block.offset, "in the block, the frame is damaged", index: next)
            }
            if let later = frames.next { open[later.index] = frames }
        }
    }
}
