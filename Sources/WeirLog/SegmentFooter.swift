import WeirBytes

/// The end of a sealed segment: offsets, ordinals and lane rows, or in a packed one the headers of the blocks and lane rows; then
/// the trailer of 64 bytes that ends the file.
///
///     0  magic             UInt64   `WEIR-END`
///     8  trailer checksum  UInt32   CRC-32C, salted, over bytes 12..<64
///     12 footer checksum   UInt32   CRC-32C, salted, over the footer before the trailer
///     16 end of data       UInt64   where the frames or blocks end and the footer begins
///     24 entry count       UInt32
///     28 lane count        UInt32
///     32 base index        UInt64
///     40 oldest timestamp  Int64
///     48 newest timestamp  Int64
///     56 block count       UInt32   of a packed segment; else zeros
///     60 zeros
struct SegmentTrailer: Equatable {
    var footerChecksum: UInt32
    var endOfData: Int64
    var entryCount: Int
    var laneCount: Int
    var baseIndex: UInt64
    var oldestTimestamp: Int64
    var newestTimestamp: Int64
    /// Nil in a segment that is not packed.
    var blockCount: Int?

    /// The index after the last entry's.
    var nextIndex: UInt64 { baseIndex + UInt64(entryCount) }

    /// Bytes of the footer before the trailer.
    var footerSize: Int {
        (blockCount.map { $0 * LogFormat.blockHeaderSize } ?? entryCount * 8) + laneCount * LogFormat.laneRowSize
    }

    /// Reads the last 64 bytes of a file of some size; nil when they are no trailer of this segment.
    static func read(_ bytes: UnsafeRawBufferPointer, fileSize: Int64, header: SegmentHeader) -> SegmentTrailer? {
        guard bytes.count == LogFormat.trailerSize, let base = bytes.baseAddress,
            base.integer(at: 0, as: UInt64.self) == LogFormat.trailerMagic,
            base.integer(at: 8, as: UInt32.self)
                == CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[12...]), continuing: header.checksumSeed)
        else { return nil }
        let trailer = SegmentTrailer(
            footerChecksum: base.integer(at: 12),
            endOfData: base.integer(at: 16),
            entryCount: Int(base.integer(at: 24, as: UInt32.self)),
            laneCount: Int(base.integer(at: 28, as: UInt32.self)),
            baseIndex: base.integer(at: 32),
            oldestTimestamp: base.integer(at: 40),
            newestTimestamp: base.integer(at: 48),
            blockCount: header.isPacked ? Int(base.integer(at: 56, as: UInt32.self)) : nil
        )
        let size = trailer.endOfData + Int64(trailer.footerSize + LogFormat.trailerSize)
        guard trailer.baseIndex == header.baseIndex, trailer.entryCount > 0, size == fileSize else { return nil }
        return trailer
    }

    func write(to trailer: UnsafeMutableRawPointer, checksumSeed: UInt32) {
        trailer.set(LogFormat.trailerMagic, at: 0)
        trailer.set(footerChecksum, at: 12)
        trailer.set(endOfData, at: 16)
        trailer.set(UInt32(entryCount), at: 24)
        trailer.set(UInt32(laneCount), at: 28)
        trailer.set(baseIndex, at: 32)
        trailer.set(oldestTimestamp, at: 40)
        trailer.set(newestTimestamp, at: 48)
        trailer.set(UInt64(blockCount ?? 0), at: 56)
        let checked = UnsafeRawBufferPointer(start: trailer + 12, count: LogFormat.trailerSize - 12)
        trailer.set(CRC32C.checksum(checked, continuing: checksumSeed), at: 8)
    }
}

extension SegmentIndex {
    /// The footer and its trailer, as they stand at `endOfData`.
    func encodedFooter(checksumSeed: UInt32) -> [UInt8] {
        let bodySize = offsets.count * 8 + lanes.count * LogFormat.laneRowSize
        return [UInt8](unsafeUninitializedCapacity: bodySize + LogFormat.trailerSize) { bytes, count in
            count = bodySize + LogFormat.trailerSize
            let base = UnsafeMutableRawPointer(bytes.baseAddress!)
            for (place, offset) in offsets.enumerated() { base.set(offset, at: place * 4) }
            let ordinalsStart = offsets.count * 4
            for (place, ordinal) in ordinals.enumerated() { base.set(ordinal, at: ordinalsStart + place * 4) }
            Lane.write(lanes, to: base + offsets.count * 8)
            let body = UnsafeRawBufferPointer(start: base, count: bodySize)
            let trailer = SegmentTrailer(
                footerChecksum: CRC32C.checksum(body, continuing: checksumSeed),
                endOfData: endOfData,
                entryCount: offsets.count,
                laneCount: lanes.count,
                baseIndex: baseIndex,
                oldestTimestamp: oldestTimestamp,
                newestTimestamp: newestTimestamp
            )
            trailer.write(to: base + bodySize, checksumSeed: checksumSeed)
        }
    }

    /// Reads the footer that a trailer describes; nil when it is not what was written.
    init?(footer: UnsafeRawBufferPointer, trailer: SegmentTrailer, checksumSeed: UInt32) {
        guard footer.count == trailer.footerSize, let base = footer.baseAddress,
            CRC32C.checksum(footer, continuing: checksumSeed) == trailer.footerChecksum
        else { return nil }
        let count = trailer.entryCount
        baseIndex = trailer.baseIndex
        endOfData = trailer.endOfData
        oldestTimestamp = trailer.oldestTimestamp
        newestTimestamp = trailer.newestTimestamp
        offsets = Self.integers(base, count: count)
        ordinals = Self.integers(base + count * 4, count: count)
        lanes = Lane.read(base + count * 8, count: trailer.laneCount)
    }

    private static func integers(_ bytes: UnsafeRawPointer, count: Int) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { space, initialized in
            for place in 0..<count { space.initializeElement(at: place, to: bytes.integer(at: place * 4)) }
            initialized = count
        }
    }
}

extension SegmentIndex.Lane {
    /// Lays out the rows of a footer.
    static func write(_ lanes: [Self], to rows: UnsafeMutableRawPointer) {
        for (place, lane) in lanes.enumerated() {
            let row = rows + place * LogFormat.laneRowSize
            row.set(lane.lane, at: 0)
            row.set(lane.count, at: 4)
            row.set(lane.newestIndex, at: 8)
            row.set(lane.newestTimestamp, at: 16)
            row.set(lane.firstTimestamp, at: 24)
        }
    }

    /// Reads the rows of a footer.
    static func read(_ rows: UnsafeRawPointer, count: Int) -> [Self] {
        (0..<count).map { place in
            let row = rows + place * LogFormat.laneRowSize
            return Self(
                lane: row.integer(at: 0),
                count: row.integer(at: 4),
                newestIndex: row.integer(at: 8),
                newestTimestamp: row.integer(at: 16),
                firstTimestamp: row.integer(at: 24)
            )
        }
    }
}
