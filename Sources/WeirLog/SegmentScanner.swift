import WeirRuntime

/// Walks the frames of a segment file from the first on.
struct SegmentScanner {
    /// Where a scan ended: at the first bytes that are not the frame expected there.
    struct End: Equatable {
        /// Where the frames end.
        var offset: Int64
        /// The index expected there.
        var nextIndex: UInt64
        /// Where the frames begin that may not have been synced: all before it certainly were.
        var firstUnsyncedOffset: Int64
    }

    let window: FileWindow
    let header: SegmentHeader

    init(file: any File, header: SegmentHeader) throws(FileError) {
        window = try FileWindow(file: file)
        self.header = header
    }

    /// Visits the whole frames in order, from the first or from where an earlier scan ended, each with its offset, until
    /// one is not valid or `limit` is the next index.
    func scan(
        from earlier: End? = nil,
        limit: UInt64 = .max,
        visit: (UnsafeRawBufferPointer, Int64) -> Void
    ) throws(FileError) -> End {
        let start = Int64(LogFormat.headerPageSize)
        var end = earlier ?? End(offset: start, nextIndex: header.baseIndex, firstUnsyncedOffset: start)
        var firstUnsynced: UInt64?
        while end.nextIndex < limit, let frame = try frame(at: end.offset) {
            let frameHeader = FrameHeader.read(frame.baseAddress!)
            guard frameHeader.index == end.nextIndex else { break }
            // A sync covers all frames before it, so the first that tells of it is the first that it did not cover.
            if frameHeader.firstUnsyncedIndex != firstUnsynced {
                firstUnsynced = frameHeader.firstUnsyncedIndex
                end.firstUnsyncedOffset = end.offset
            }
            visit(frame, end.offset)
            end.offset += Int64(frame.count)
            end.nextIndex += 1
        }
        return end
    }

    /// The offset of a valid frame, after a place where one was expected but is not, that was written after a sync of the
    /// expected index. So its presence proves that what is missing was once durable.
    func offsetOfFrameAfterSync(after end: End) throws(FileError) -> Int64? {
        guard var offset = try window.firstNonZero(from: end.offset) else { return nil }
        offset -= offset % Int64(LogFormat.alignment)
        let room = UInt64(max(0, window.fileSize - end.offset)) / UInt64(FrameHeader.size)
        while let bytes = try window.bytes(at: offset, count: FrameHeader.size) {
            let candidate = FrameHeader.read(bytes.baseAddress!)
            if let first = candidate.firstUnsyncedIndex, first > end.nextIndex, candidate.index - end.nextIndex <= room,
                try frame(at: offset) != nil
            {
                return offset
            }
            offset += Int64(LogFormat.alignment)
        }
        return nil
    }

    /// The intact frame at an offset, valid until the next call.
    private func frame(at offset: Int64) throws(FileError) -> UnsafeRawBufferPointer? {
        guard let bytes = try window.bytes(at: offset, count: FrameHeader.size) else { return nil }
        let frameHeader = FrameHeader.read(bytes.baseAddress!)
        guard frameHeader.payloadSize <= LogFormat.maximumPayloadSize,
            let frame = try window.bytes(at: offset, count: frameHeader.frameSize),
            FrameHeader.isIntact(frame, checksumSeed: header.checksumSeed)
        else { return nil }
        return frame
    }
}
