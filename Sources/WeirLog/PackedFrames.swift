import NIOCore
import WeirBytes

/// The frames of one block of a packed segment, decompressed.
struct PackedFrames {
    let block: PackedBlock
    private let file: SegmentFile
    /// The frames, one behind the other.
    let buffer: ByteBuffer
    private var place = 0

    /// Decompresses what a block stores and checks that it is what was written; nil when it is not.
    init?(
        _ block: PackedBlock,
        stored: ByteBuffer,
        of file: SegmentFile,
        decoder: ZstandardDecoder
    ) throws(LogError) {
        let checksum = stored.withUnsafeReadableBytes { CRC32C.checksum($0, continuing: file.checksumSeed) }
        guard stored.readableBytes == block.size, checksum == block.checksum else { return nil }
        // A buffer of its own for each block: the payloads share it.
        var buffer = ByteBuffer()
        switch block.codec {
        case .none: buffer = stored
        case .zstd:
            do throws(ZstandardError) {
                try stored.fill(&buffer, upTo: block.framesSize) { (input, space) throws(ZstandardError) in
                    try decoder.decompress(input, into: space)
                    return space.count
                }
            } catch {
                if error == .malformed { return nil }
                throw LogError(
                    .io,
                    "\(file.path): offset \(block.offset): there is no memory to decompress the block",
                    cause: error
                )
            }
        }
        self.block = block
        self.file = file
        self.buffer = buffer
        guard isWhole else { return nil }
    }

    /// The header of the next frame; nil when there is none.
    var next: FrameHeader? {
        guard place < buffer.readableBytes else { return nil }
        return buffer.withUnsafeReadableBytes { bytes in bytes.baseAddress.map { FrameHeader.read($0 + place) } }
    }

    /// Passes the next frame over.
    mutating func skip() { if let next { place += next.frameSize } }

    /// Where in the buffer the payload of the next frame begins, which must be there, and passes it over; nil when the frame is not
    /// what was written.
    mutating func takePayload() -> Int? {
        guard let next else { return nil }
        let (start, size) = (place, next.frameSize)
        place += size
        let isIntact = buffer.withUnsafeReadableBytes { bytes in
            let frame = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
            return FrameHeader.isIntact(frame, checksumSeed: file.checksumSeed)
        }
        return isIntact ? start + FrameHeader.size : nil
    }

    /// The entry of the next frame, which must be there, and passes it over; nil when the frame is not what was written.
    mutating func take() -> LogEntry? {
        guard let next, let start = takePayload(),
            let payload = buffer.getSlice(at: buffer.readerIndex + start, length: next.payloadSize)
        else { return nil }
        return LogEntry(index: next.index, lane: next.lane, timestamp: next.timestamp, payload: payload)
    }

    /// Whether the frames are those that the block's header tells of.
    private var isWhole: Bool {
        buffer.withUnsafeReadableBytes { bytes in
            var place = 0
            var count = 0
            var last: UInt64?
            var lastTimestamp = block.firstTimestamp
            while place < bytes.count {
                guard place + FrameHeader.size <= bytes.count, let base = bytes.baseAddress else { return false }
                let header = FrameHeader.read(base + place)
                guard header.payloadSize <= LogFormat.maximumPayloadSize, place + header.frameSize <= bytes.count,
                    header.lane == block.lane, header.timestamp >= lastTimestamp,
                    last.map({ $0 < header.index }) ?? (header.index == block.firstIndex)
                else { return false }
                last = header.index
                lastTimestamp = header.timestamp
                count += 1
                place += header.frameSize
            }
            return count == block.count && last == block.lastIndex && lastTimestamp == block.lastTimestamp
        }
    }
}
