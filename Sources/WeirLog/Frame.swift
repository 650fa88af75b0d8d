import WeirBytes

/// The header of a frame: an entry as it stands in a segment, before its payload.
///
///     0  checksum        UInt32   CRC-32C, salted, over the rest of the frame, padding included
///     4  payload size    UInt32
///     8  index           UInt64
///     16 timestamp       Int64
///     24 lane            UInt32
///     28 sync distance   UInt32   index minus the first index not known to be synced when it was written
///     32 payload, then zeros up to a multiple of 8 bytes
struct FrameHeader: Equatable {
    static let size = 32

    var payloadSize: Int
    var index: UInt64
    var timestamp: Int64
    var lane: UInt32
    var syncDistance: UInt32

    /// Bytes of the whole frame.
    var frameSize: Int { Self.frameSize(payloadSize: payloadSize) }

    /// All entries before this index were synced when the frame was written; nil when the header cannot be right.
    var firstUnsyncedIndex: UInt64? {
        let (first, overflow) = index.subtractingReportingOverflow(UInt64(syncDistance))
        return overflow ? nil : first
    }

    /// Bytes of a frame with a payload of this size.
    static func frameSize(payloadSize: Int) -> Int {
        (size + payloadSize + LogFormat.alignment - 1) & ~(LogFormat.alignment - 1)
    }

    /// Reads the header at the start of some bytes without checking it. At least ``size`` bytes must be readable.
    static func read(_ frame: UnsafeRawPointer) -> FrameHeader {
        FrameHeader(
            payloadSize: Int(frame.integer(at: 4, as: UInt32.self)),
            index: frame.integer(at: 8),
            timestamp: frame.integer(at: 16),
            lane: frame.integer(at: 24),
            syncDistance: frame.integer(at: 28)
        )
    }

    /// Lays out a frame. Its ``frameSize`` bytes must be writable; `copyPayload` fills those of the payload.
    func write(
        to frame: UnsafeMutableRawPointer,
        checksumSeed: UInt32,
        copyPayload: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        let end = Self.size + payloadSize
        frame.set(UInt32(payloadSize), at: 4)
        frame.set(index, at: 8)
        frame.set(timestamp, at: 16)
        frame.set(lane, at: 24)
        frame.set(syncDistance, at: 28)
        copyPayload(UnsafeMutableRawBufferPointer(start: frame + Self.size, count: payloadSize))
        for padding in end..<frameSize { frame.set(UInt8(0), at: padding) }
        let whole = UnsafeRawBufferPointer(start: frame, count: frameSize)
        frame.set(Self.checksum(whole, seed: checksumSeed), at: 0)
    }

    /// Whether the checksum at the start of a whole frame is that of the rest.
    static func isIntact(_ frame: UnsafeRawBufferPointer, checksumSeed: UInt32) -> Bool {
        guard frame.count >= size, let base = frame.baseAddress else { return false }
        return base.integer(at: 0, as: UInt32.self) == checksum(frame, seed: checksumSeed)
    }

    private static func checksum(_ frame: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
        CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[4...]), continuing: seed)
    }
}
