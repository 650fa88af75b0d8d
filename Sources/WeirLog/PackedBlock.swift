import WeirBytes

/// Some frames of one lane in a packed segment, which are stored together and compressed by themselves.
///
/// Its header of 64 bytes stands before the stored bytes, and again in the footer:
///
///     0  header checksum  UInt32   CRC-32C, salted, over bytes 4..<64
///     4  lane             UInt32
///     8  count            UInt32   entries, at least 1
///     12 codec            UInt32   0: the frames as they are; 1: zstd
///     16 size             UInt32   of the stored bytes, which follow
///     20 size of frames   UInt32
///     24 checksum         UInt32   CRC-32C, salted, over the stored bytes
///     28 number           UInt32   its place among the blocks of the file, from 0
///     32 first index      UInt64
///     40 last index       UInt64
///     48 first timestamp  Int64
///     56 last timestamp   Int64
struct PackedBlock: Equatable, Sendable {
    /// How the frames are stored.
    enum Codec: UInt32, Sendable {
        case none = 0
        case zstd = 1
    }

    /// Where its header stands in the file.
    var offset: Int64
    var lane: UInt32
    var count: Int
    var codec: Codec
    /// Of the stored bytes.
    var size: Int
    /// Of the frames, one behind the other.
    var framesSize: Int
    /// Of the stored bytes.
    var checksum: UInt32
    var firstIndex: UInt64
    var lastIndex: UInt64
    var firstTimestamp: Int64
    var lastTimestamp: Int64

    /// Where the stored bytes begin.
    var start: Int64 { offset + Int64(LogFormat.blockHeaderSize) }

    /// Where they end, and the next block begins.
    var end: Int64 { start + Int64(size) }

    /// Lays out the header of the block of a number; its 64 bytes must be writable.
    func write(to header: UnsafeMutableRawPointer, number: Int, checksumSeed: UInt32) {
        header.set(lane, at: 4)
        header.set(UInt32(count), at: 8)
        header.set(codec.rawValue, at: 12)
        header.set(UInt32(size), at: 16)
        header.set(UInt32(framesSize), at: 20)
        header.set(checksum, at: 24)
        header.set(UInt32(number), at: 28)
        header.set(firstIndex, at: 32)
        header.set(lastIndex, at: 40)
        header.set(firstTimestamp, at: 48)
        header.set(lastTimestamp, at: 56)
        let checked = UnsafeRawBufferPointer(start: header + 4, count: LogFormat.blockHeaderSize - 4)
        header.set(CRC32C.checksum(checked, continuing: checksumSeed), at: 0)
    }

    /// Reads the header of the block of a number, which stands in the file at an offset; nil when it is another's, or none of
    /// this segment. 64 bytes must be readable.
    ///
    /// By its number a header before a block is told from those in the footer, which follow the last block.
    init?(_ header: UnsafeRawPointer, number: Int, at offset: Int64, checksumSeed: UInt32) {
        let checked = UnsafeRawBufferPointer(start: header + 4, count: LogFormat.blockHeaderSize - 4)
        guard header.integer(at: 0, as: UInt32.self) == CRC32C.checksum(checked, continuing: checksumSeed),
            let codec = Codec(rawValue: header.integer(at: 12)), header.integer(at: 28, as: UInt32.self) == number
        else { return nil }
        self.init(
            offset: offset,
            lane: header.integer(at: 4),
            count: Int(header.integer(at: 8, as: UInt32.self)),
            codec: codec,
            size: Int(header.integer(at: 16, as: UInt32.self)),
            framesSize: Int(header.integer(at: 20, as: UInt32.self)),
            checksum: header.integer(at: 24),
            firstIndex: header.integer(at: 32),
            lastIndex: header.integer(at: 40),
            firstTimestamp: header.integer(at: 48),
            lastTimestamp: header.integer(at: 56)
        )
        guard count > 0, firstIndex <= lastIndex, firstTimestamp <= lastTimestamp,
            framesSize >= count * FrameHeader.size, framesSize <= LogFormat.maximumSegmentSize,
            codec != .none || size == framesSize
        else { return nil }
    }

    init(
        offset: Int64,
        lane: UInt32,
        count: Int,
        codec: Codec,
        size: Int,
        framesSize: Int,
        checksum: UInt32,
        firstIndex: UInt64,
        lastIndex: UInt64,
        firstTimestamp: Int64,
        lastTimestamp: Int64
    ) {
        self.offset = offset
        self.lane = lane
        self.count = count
        self.codec = codec
        self.size = size
        self.framesSize = framesSize
        self.checksum = checksum
        self.firstIndex = firstIndex
        self.lastIndex = lastIndex
        self.firstTimestamp = firstTimestamp
        self.lastTimestamp = lastTimestamp
    }
}
