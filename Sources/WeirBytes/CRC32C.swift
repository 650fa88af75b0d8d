import CWeirBytes

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of the log's frames.
public enum CRC32C {
    /// The checksum of some bytes, continuing from the checksum of those before them (0 to begin).
    @inlinable
    public static func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
        weir_crc32c(previous, bytes.baseAddress, bytes.count)
    }
}
