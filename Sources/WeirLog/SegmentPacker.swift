import NIOCore
import WeirBytes
import WeirRuntime

/// Writes a sealed segment anew to a file beside it: its frames by lane, in blocks that are compressed. One thread at a time uses
/// it.
///
/// It works in steps, so that others get their turn and a log need not wait for the end. Its memory is that of a block, of the
/// index and of what is written at a time.
final class SegmentPacker {
    /// What a step came to.
    enum Step {
        case goesOn
        /// The file is written and synced.
        case done(PackedBytes)
        /// The segment stays as it is: it is packed already, would not become much smaller, or is damaged.
        case unneeded
    }

    let segment: Segment
    private let files: SegmentFiles
    private let source: any File
    private let sourceSize: Int64
    private let header: SegmentHeader
    private let index: SegmentIndex
    private let target: SequentialWriter
    private let compressor: BlockCompressor

    private var lanePlace = 0
    private var ordinalPlace = 0
    private var laneEnd = 0
    private var blocks: [PackedBlock] = []
    private var framesSize = 0
    /// Where the next block goes.
    private var endOfData = Int64(LogFormat.headerPageSize)
    /// What stands before `endOfData` and is not written yet, or not all of it.
    private var pending = ByteBuffer()
    private var frames = ByteBuffer()
    private var window = ByteBuffer()

    /// A packed file is at most so much of the other.
    private static let worthwhileShare = 0.9
    /// Bytes of frames that a step packs, about.
    private static let stepSize = 512 << 10
    /// Bytes that are written at a time, about.
    private static let writeSize = 256 << 10
    /// A gap between two frames of a lane is read over when it is not larger: it costs less than another call.
    private static let maximumGap: Int64 = 4096
    /// Bytes that are read at a time, at most (at least one frame).
    private static let maximumReadSize: Int64 = 1 << 20
    /// Where so many pieces of a segment do not become smaller, nobody tries the rest.
    private static let sampleCount: Int64 = 8

    /// Opens a segment, and begins the file beside it; nil when the segment stays as it is. Throws `.noSpace` and `.io`.
    init?(_ segment: Segment, files: SegmentFiles) throws(LogError) {
        let opened: (any File, SegmentHeader, SegmentIndex, Int64)?
        do throws(LogError) {
            opened = try Self.open(segment, files)
        } catch {
            // What cannot be read now is left for who reads it to tell.
            return nil
        }
        guard let (source, header, index, size) = opened else { return nil }
        compressor = try BlockCompressor()
        self.segment = segment
        self.files = files
        self.source = source
        self.header = header
        self.index = index
        sourceSize = size
        let path = files.packingPath(of: segment)
        let file = try withLogErrors { () throws(FileError) in try files.fileSystem.open(path, .create) }
        target = SequentialWriter(file, path: path, in: files.fileSystem, isDirect: files.options.usesDirectIO)
        var packed = header
        packed.isPacked = true
        pending.writeBytes(packed.encoded())
        enterLane()
    }

    private static func open(
        _ segment: Segment,
        _ files: SegmentFiles
    ) throws(LogError) -> (any File, SegmentHeader, SegmentIndex, Int64)? {
        let file = try withLogErrors { () throws(FileError) in try files.fileSystem.open(segment.path, .read) }
        let header = try files.header(of: file, path: segment.path)
        if header.isPacked { return nil }
        let stored = try withLogErrors { () throws(FileError) -> SealedIndex? in
            guard let trailer = try files.trailer(of: file, header: header) else { return nil }
            return try files.storedIndex(of: file, trailer: trailer, header: header)
        }
        guard case .frames(let index) = stored, index.ordinals.count == index.offsets.count else { return nil }
        let size = try withLogErrors { () throws(FileError) in try file.size() }
        return (file, header, index, size)
    }

    /// Packs some more. Throws `.noSpace` and `.io`, after which ``abandon()`` is due; so it is when the file is unneeded.
    func step() throws(LogError) -> Step {
        if segment.isDropped { return .unneeded }
        if blocks.isEmpty, try !isWorthwhileBySample() { return .unneeded }
        let stepEnd = framesSize + Self.stepSize
        while framesSize < stepEnd {
            guard lanePlace < index.lanes.count else { return try finish() }
            guard try packBlock() else { return .unneeded }
            // An append that comes meanwhile is not to wait for the rest of the step.
            ThreadPriority.giveWay()
        }
        return isWorthwhile(Int(endOfData)) ? .goesOn : .unneeded
    }

    /// Removes the file that was begun.
    func abandon() { files.removePackingFile(of: segment) }

    private func isWorthwhile(_ size: Int) -> Bool { Double(size) <= Double(sourceSize) * Self.worthwhileShare }

    // MARK: Blocks

    private func enterLane() {
        while lanePlace < index.lanes.count, index.lanes[lanePlace].count == 0 { lanePlace += 1 }
        if lanePlace < index.lanes.count { laneEnd = ordinalPlace + Int(index.lanes[lanePlace].count) }
    }

    /// Packs the next frames of the lane; false when they are not what was written.
    private func packBlock() throws(LogError) -> Bool {
        let lane = index.lanes[lanePlace].lane
        let layout = index.layout
        var locations: [FrameLocation] = []
        var size = 0
        while ordinalPlace < laneEnd {
            let location = layout.location(ordinal: index.ordinals[ordinalPlace])
            if !locations.isEmpty, size + location.size > files.options.packedBlockSizeInBytes { break }
            guard location.size >= FrameHeader.size else { return false }
            locations.append(location)
            size += location.size
            ordinalPlace += 1
        }
        frames.clear(minimumCapacity: size)
        guard try gather(locations), let (first, last) = check(locations, lane) else { return false }
        try store(
            PackedBlock(
                offset: endOfData,
                lane: lane,
                count: locations.count,
                codec: .none,
                size: size,
                framesSize: size,
                checksum: 0,
                firstIndex: first.index,
                lastIndex: last.index,
                firstTimestamp: first.timestamp,
                lastTimestamp: last.timestamp
            )
        )
        framesSize += size
        if ordinalPlace == laneEnd {
            lanePlace += 1
            enterLane()
        }
        return true
    }

    /// Reads frames one behind the other into `frames`; false when one is not there.
    private func gather(_ locations: [FrameLocation]) throws(LogError) -> Bool {
        var next = 0
        while next < locations.count {
            let start = locations[next].offset
            var end = start + Int64(locations[next].size)
            let first = next
            next += 1
            while next < locations.count, locations[next].offset - end <= Self.maximumGap,
                locations[next].offset + Int64(locations[next].size) - start <= Self.maximumReadSize
            {
                end = locations[next].offset + Int64(locations[next].size)
                next += 1
            }
            window.clear()
            do throws(FileError) {
                _ = try source.read(Int(end - start), at: start, into: &window)
            } catch {
                return false
            }
            for location in locations[first..<next] {
                guard let frame = window.getSlice(at: Int(location.offset - start), length: location.size) else {
                    return false
                }
                frames.writeImmutableBuffer(frame)
            }
        }
        return true
    }

    /// The headers of the first and the last of the frames, if all are what was written.
    private func check(_ locations: [FrameLocation], _ lane: UInt32) -> (FrameHeader, FrameHeader)? {
        frames.withUnsafeReadableBytes { bytes in
            var place = 0
            var first: FrameHeader?
            var last: FrameHeader?
            for location in locations {
                let frame = UnsafeRawBufferPointer(rebasing: bytes[place..<place + location.size])
                guard FrameHeader.isIntact(frame, checksumSeed: header.checksumSeed), let base = frame.baseAddress
                else { return nil }
                let frameHeader = FrameHeader.read(base)
                guard frameHeader.index == location.index, frameHeader.lane == lane,
                    frameHeader.frameSize == location.size
                else { return nil }
                first = first ?? frameHeader
                last = frameHeader
                place += location.size
            }
            guard let first, let last else { return nil }
            return (first, last)
        }
    }

    /// Compresses `frames` and puts them behind the other blocks.
    private func store(_ frameBlock: PackedBlock) throws(LogError) {
        var block = frameBlock
        let compressed = try compressor.compress(frames)
        let stored = compressed ?? frames
        block.codec = compressed == nil ? .none : .zstd
        block.size = stored.readableBytes
        block.checksum = stored.withUnsafeReadableBytes {
            CRC32C.checksum($0, continuing: header.checksumSeed)
        }
        let seed = header.checksumSeed
        pending.writeWithUnsafeMutableBytes(minimumWritableBytes: LogFormat.blockHeaderSize) { space in
            guard let base = space.baseAddress else { return 0 }
            block.write(to: base, number: blocks.count, checksumSeed: seed)
            return LogFormat.blockHeaderSize
        }
        pending.writeImmutableBuffer(stored)
        endOfData = block.end
        blocks.append(block)
        if pending.readableBytes >= Self.writeSize {
            try withLogErrors { () throws(FileError) in try target.write(&pending) }
        }
    }

    /// Whether some pieces of the file, whatever their lanes, become smaller at all.
    private func isWorthwhileBySample() throws(LogError) -> Bool {
        let pieceSize = Int64(files.options.packedBlockSizeInBytes)
        let start = Int64(LogFormat.headerPageSize)
        guard index.endOfData - start > pieceSize * Self.sampleCount * 4 else { return true }
        let stride = (index.endOfData - start) / Self.sampleCount
        var (before, after) = (0, 0)
        for number in 0..<Self.sampleCount {
            window.clear()
            do throws(FileError) {
                _ = try source.read(Int(pieceSize), at: start + number * stride, into: &window)
            } catch {
                return false
            }
            before += window.readableBytes
            after += try compressor.compress(window)?.readableBytes ?? window.readableBytes
            ThreadPriority.giveWay()
        }
        return Double(after) <= Double(before) * Self.worthwhileShare
    }

    // MARK: The file

    private func finish() throws(LogError) -> Step {
        let packed = PackedIndex(
            baseIndex: index.baseIndex,
            endOfData: endOfData,
            entryCount: index.offsets.count,
            oldestTimestamp: index.oldestTimestamp,
            newestTimestamp: index.newestTimestamp,
            blocks: blocks,
            lanes: index.lanes
        )
        let footer = packed.encodedFooter(checksumSeed: header.checksumSeed)
        let size = endOfData + Int64(footer.count)
        guard isWorthwhile(Int(size)) else { return .unneeded }
        pending.writeBytes(footer)
        try withLogErrors { () throws(FileError) in
            try target.write(&pending, isEnd: true)
            try target.sync()
        }
        return .done(PackedBytes(before: Int(sourceSize), after: Int(size)))
    }
}
