import CWeirBytes

/// The CRC-32 of zlib and Ethernet (polynomial 0xEDB88320, reflected): of `x-amz-crc32` and of event streams.
public enum CRC32 {
    /// The checksum of some bytes, continuing from the checksum of those before them (0 to begin).
    @inlinable
    public static func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
        weir_crc32(previous, bytes.baseAddress, bytes.count)
    }
}
