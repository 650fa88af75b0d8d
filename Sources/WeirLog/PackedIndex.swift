import NIOCore
import WeirBytes
import WeirRuntime

/// Where the entries of a packed segment stand: the content of its footer.
struct PackedIndex: Equatable, Sendable {
    var baseIndex: UInt64
    /// Where the blocks end and the footer begins.
    var endOfData: Int64
    var entryCount: Int
    var oldestTimestamp: Int64
    var newestTimestamp: Int64
    /// In ascending order of lane, and those of a lane in that of indexes; so they stand in the file, without gaps.
    var blocks: [PackedBlock]
    /// In ascending order of lane.
    var lanes: [SegmentIndex.Lane]
    /// Whether `lanes` also tells of the lanes that have no entry here. It does not after a footer was lost.
    var isComplete = true

    /// The index after the last entry's.
    var nextIndex: UInt64 { baseIndex + UInt64(entryCount) }

    /// Bytes of memory, about.
    var sizeInMemory: Int {
        blocks.count * MemoryLayout<PackedBlock>.stride + lanes.count * MemoryLayout<SegmentIndex.Lane>.stride
    }

    /// The blocks of a lane.
    func blocks(of lane: UInt32) -> ArraySlice<PackedBlock> {
        let start = blocks.firstPlace { $0.lane >= lane }
        let end = blocks[start...].firstPlace { $0.lane > lane }
        return blocks[start..<end]
    }

    /// The blocks of a lane that may hold an entry at or after an index.
    func blocks(of lane: UInt32, from index: UInt64) -> ArraySlice<PackedBlock> {
        let blocks = blocks(of: lane)
        return blocks[blocks.firstPlace { $0.lastIndex >= index }...]
    }
}

// MARK: The footer

extension PackedIndex {
    /// The footer and its trailer, as they stand at `endOfData`.
    func encodedFooter(checksumSeed: UInt32) -> [UInt8] {
        let blocksSize = blocks.count * LogFormat.blockHeaderSize
        let bodySize = blocksSize + lanes.count * LogFormat.laneRowSize
        var footer = [UInt8](repeating: 0, count: bodySize + LogFormat.trailerSize)
        footer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for (place, block) in blocks.enumerated() {
                let header = base + place * LogFormat.blockHeaderSize
                block.write(to: header, number: place, checksumSeed: checksumSeed)
            }
            SegmentIndex.Lane.write(lanes, to: base + blocksSize)
            let body = UnsafeRawBufferPointer(start: base, count: bodySize)
            let trailer = SegmentTrailer(
                footerChecksum: CRC32C.checksum(body, continuing: checksumSeed),
                endOfData: endOfData,
                entryCount: entryCount,
                laneCount: lanes.count,
                baseIndex: baseIndex,
                oldestTimestamp: oldestTimestamp,
                newestTimestamp: newestTimestamp,
                blockCount: blocks.count
            )
            trailer.write(to: base + bodySize, checksumSeed: checksumSeed)
        }
        return footer
    }

    /// Reads the footer that a trailer describes; nil when it is not what was written.
    init?(footer: UnsafeRawBufferPointer, trailer: SegmentTrailer, checksumSeed: UInt32) {
        guard let blockCount = trailer.blockCount, footer.count == trailer.footerSize, let base = footer.baseAddress,
            CRC32C.checksum(footer, continuing: checksumSeed) == trailer.footerChecksum
        else { return nil }
        var blocks: [PackedBlock] = []
        blocks.reserveCapacity(blockCount)
        var offset = Int64(LogFormat.headerPageSize)
        for number in 0..<blockCount {
            let header = base + number * LogFormat.blockHeaderSize
            guard let block = PackedBlock(header, number: number, at: offset, checksumSeed: checksumSeed) else {
                return nil
            }
            blocks.append(block)
            offset = block.end
        }
        guard offset == trailer.endOfData else { return nil }
        self.init(
            baseIndex: trailer.baseIndex,
            endOfData: trailer.endOfData,
            entryCount: trailer.entryCount,
            oldestTimestamp: trailer.oldestTimestamp,
            newestTimestamp: trailer.newestTimestamp,
            blocks: blocks,
            lanes: SegmentIndex.Lane.read(base + blockCount * LogFormat.blockHeaderSize, count: trailer.laneCount)
        )
    }

    /// Makes the index anew by the headers that stand before the blocks, from the first on until one is not valid: the footer
    /// is damaged.
    init(walking file: any File, header: SegmentHeader) throws(FileError) {
        let seed = header.checksumSeed
        var offset = Int64(LogFormat.headerPageSize)
        var blocks: [PackedBlock] = []
        let size = try file.size()
        var buffer = ByteBuffer()
        while offset + Int64(LogFormat.blockHeaderSize) <= size {
            buffer.clear()
            guard try file.read(LogFormat.blockHeaderSize, at: offset, into: &buffer) == LogFormat.blockHeaderSize
            else { break }
            let block = buffer.withUnsafeReadableBytes { bytes in
                bytes.baseAddress.flatMap {
                    PackedBlock($0, number: blocks.count, at: offset, checksumSeed: seed)
                }
            }
            guard let block, block.end <= size else { break }
            blocks.append(block)
            offset = block.end
        }
        var lanes: [SegmentIndex.Lane] = []
        for block in blocks {
            if lanes.last?.lane == block.lane {
                lanes[lanes.count - 1].count += UInt32(block.count)
                lanes[lanes.count - 1].newestIndex = block.lastIndex
                lanes[lanes.count - 1].newestTimestamp = block.lastTimestamp
            } else {
                lanes.append(SegmentIndex.Lane(firstBlock: block))
            }
        }
        self.init(
            baseIndex: header.baseIndex,
            endOfData: offset,
            entryCount: blocks.reduce(0) { $0 + $1.count },
            oldestTimestamp: blocks.map(\.firstTimestamp).min() ?? header.leastTimestamp,
            newestTimestamp: blocks.map(\.lastTimestamp).max() ?? header.leastTimestamp,
            blocks: blocks,
            lanes: lanes,
            isComplete: false
        )
    }
}

extension SegmentIndex.Lane {
    fileprivate init(firstBlock block: PackedBlock) {
        self.init(
            lane: block.lane,
            count: UInt32(block.count),
            newestIndex: block.lastIndex,
            newestTimestamp: block.lastTimestamp,
            firstTimestamp: block.firstTimestamp
        )
    }
}
