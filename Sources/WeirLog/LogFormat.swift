import WeirBytes

/// The numbers of the format on disk. `docs/formats/log.md` is the specification.
enum LogFormat {
    /// The newest version that is read and written. A reader refuses a later one.
    static let version: UInt32 = 3
    /// The version of a segment that begins where the one before it ends.
    static let consecutiveVersion: UInt32 = 1
    /// The version of a segment before which indexes are skipped.
    static let skippingVersion: UInt32 = 2
    /// The version of a packed segment, whether or not indexes are skipped before it.
    static let packedVersion: UInt32 = 3
    /// `WEIR-SEG`: the first bytes of a segment.
    static let segmentMagic: UInt64 = littleEndian("WEIR-SEG")
    /// `WEIR-END`: the first bytes of the trailer of a sealed segment.
    static let trailerMagic: UInt64 = littleEndian("WEIR-END")
    /// The header is alone on its page: writing frames never touches it.
    static let headerPageSize = 4096
    /// Bytes of the header that mean something.
    static let headerSize = 64
    /// Bytes of a sealed segment's last part.
    static let trailerSize = 64
    /// Bytes of one lane's row in the footer.
    static let laneRowSize = 32
    /// Bytes of the header of a block in a packed segment.
    static let blockHeaderSize = 64
    /// Every frame begins at a multiple of this; not in packed segments.
    static let alignment = 8
    /// The index of the first entry of a new log. It is not 0, so that zeros are never a frame that is expected.
    static let firstIndex: UInt64 = 1
    /// Bytes of a payload that a reader believes, at most.
    static let maximumPayloadSize = 256 << 20
    /// Bytes of a segment, at most, unless a single group commit makes it larger.
    static let maximumSegmentSize = 4 << 30

    /// The size of segments that is used for one that is wished for.
    static func segmentSize(_ bytes: Int) -> Int { max(0, min(bytes, maximumSegmentSize)) }

    /// Bytes of a group commit, at most.
    static let maximumAppendSize = 1 << 30
    /// Entries that may have been given an index and be lost, at most; so many indexes are skipped then.
    ///
    /// All of them are in one segment, since a segment is synced before the next begins, and a segment has fewer frames.
    static let maximumUnsyncedCount: UInt64 = 1 << 32
    /// The file that is there while what was acknowledged may not be synced.
    static let unsyncedMarkName = "UNSYNCED"
    /// What the names of segment files end with.
    static let segmentSuffix = ".segment"
    /// Digits of the base index in the name of a segment file.
    static let segmentNameDigits = 20

    /// The name of the segment file of a base index: 20 digits, so that the order of names is the order of indexes.
    static func segmentName(baseIndex: UInt64) -> String {
        let digits = String(baseIndex)
        return String(repeating: "0", count: segmentNameDigits - digits.utf8.count) + digits + segmentSuffix
    }

    /// The base index in the name of a segment file; nil for another file.
    static func baseIndex(ofName name: String) -> UInt64? {
        guard name.hasSuffix(segmentSuffix) else { return nil }
        let digits = name.dropLast(segmentSuffix.utf8.count)
        guard digits.utf8.count == segmentNameDigits, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return UInt64(digits)
    }

    /// What the names of spare files end with: of segments that were trimmed and wait to be written over.
    static let spareSuffix = ".spare"

    /// The name of the spare file that was the segment of a base index.
    static func spareName(baseIndex: UInt64) -> String {
        segmentName(baseIndex: baseIndex).dropLast(segmentSuffix.utf8.count) + spareSuffix
    }

    /// The name of the spare file that is made ahead of time while a segment is the tail. No segment has this base index.
    static func preparedSpareName(tailBaseIndex: UInt64) -> String {
        spareName(baseIndex: tailBaseIndex | 1 << 63)
    }

    /// What the names of files end with to which segments are packed.
    static let packingSuffix = ".packing"

    /// The name of the file to which the segment of a base index is packed.
    static func packingName(baseIndex: UInt64) -> String {
        segmentName(baseIndex: baseIndex).dropLast(segmentSuffix.utf8.count) + packingSuffix
    }

    /// Whether a file is a spare one, or one to which a segment was being packed: an earlier process left it.
    static func isLeftOver(name: String) -> Bool {
        [spareSuffix, packingSuffix].contains { suffix in
            name.hasSuffix(suffix) && baseIndex(ofName: name.dropLast(suffix.utf8.count) + segmentSuffix) != nil
        }
    }

    /// Where the checksums of a segment begin: the checksum of its identity.
    static func checksumSeed(identity: UInt64) -> UInt32 {
        withUnsafeBytes(of: identity.littleEndian) { CRC32C.checksum($0) }
    }

    private static func littleEndian(_ text: StaticString) -> UInt64 {
        text.withUTF8Buffer { bytes in bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    }
}

extension UnsafeRawPointer {
    /// An integer stored in little-endian order at an offset, aligned or not.
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type = Value.self) -> Value
    {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension UnsafeMutableRawPointer {
    /// Stores an integer in little-endian order at an offset, aligned or not.
    func set<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}
