import WeirBytes

/// The first page of a segment.
///
///     0  magic              UInt64   `WEIR-SEG`
///     8  format version     UInt32   these two stay where they are in every version
///     12 checksum           UInt32   CRC-32C over bytes 0..<12 and 16..<64
///     16 base index         UInt64
///     24 identity           UInt64
///     32 created            Int64    milliseconds since 1970
///     40 least timestamp    Int64    no entry of the segment has an earlier one
///     48 previous end       UInt64   versions 2 and 3: the index after the last entry of the segment before it
///     56 zeros
struct SegmentHeader: Equatable {
    var baseIndex: UInt64
    var identity: UInt64
    var created: Int64
    var leastTimestamp: Int64
    /// The index after the last entry of the segment before it. Those from there to the base index are skipped.
    var previousEnd: UInt64
    /// Whether blocks follow, in place of frames.
    var isPacked = false

    /// A header. Without a previous end, no index is skipped.
    init(baseIndex: UInt64, identity: UInt64, created: Int64, leastTimestamp: Int64, previousEnd: UInt64? = nil) {
        self.baseIndex = baseIndex
        self.identity = identity
        self.created = created
        self.leastTimestamp = leastTimestamp
        self.previousEnd = previousEnd ?? baseIndex
    }

    /// What the first bytes of a file are.
    enum Reading: Equatable {
        case valid(SegmentHeader)
        case newerFormat(UInt32)
        case invalid
    }

    /// Where the checksums of the segment begin.
    var checksumSeed: UInt32 { LogFormat.checksumSeed(identity: identity) }

    private var version: UInt32 {
        if isPacked { return LogFormat.packedVersion }
        return previousEnd == baseIndex ? LogFormat.consecutiveVersion : LogFormat.skippingVersion
    }

    /// The whole page.
    func encoded() -> [UInt8] {
        var page = [UInt8](repeating: 0, count: LogFormat.headerPageSize)
        page.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            base.set(LogFormat.segmentMagic, at: 0)
            base.set(version, at: 8)
            base.set(baseIndex, at: 16)
            base.set(identity, at: 24)
            base.set(created, at: 32)
            base.set(leastTimestamp, at: 40)
            if version != LogFormat.consecutiveVersion { base.set(previousEnd, at: 48) }
            base.set(Self.checksum(UnsafeRawBufferPointer(bytes)), at: 12)
        }
        return page
    }

    /// Reads the first bytes of a file.
    static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
        guard bytes.count >= LogFormat.headerSize, let base = bytes.baseAddress else { return .invalid }
        guard base.integer(at: 0, as: UInt64.self) == LogFormat.segmentMagic else { return .invalid }
        let version: UInt32 = base.integer(at: 8)
        if version > LogFormat.version { return .newerFormat(version) }
        guard version >= LogFormat.consecutiveVersion, base.integer(at: 12, as: UInt32.self) == checksum(bytes) else {
            return .invalid
        }
        let baseIndex: UInt64 = base.integer(at: 16)
        let previousEnd = version == LogFormat.consecutiveVersion ? baseIndex : base.integer(at: 48)
        guard previousEnd <= baseIndex else { return .invalid }
        var header = SegmentHeader(
            baseIndex: baseIndex,
            identity: base.integer(at: 24),
            created: base.integer(at: 32),
            leastTimestamp: base.integer(at: 40),
            previousEnd: previousEnd
        )
        header.isPacked = version == LogFormat.packedVersion
        return .valid(header)
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let first = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<12]))
        return CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[16..<LogFormat.headerSize]), continuing: first)
    }
}
