import CZlib
import NIOCore

/// Why bytes could not be decompressed.
public enum GzipError: Error, Hashable, Sendable {
    /// They are not gzip, or end too early, or their checksum is wrong.
    case malformed
    /// There would be more bytes than may be.
    case tooLarge
    /// There is no memory for it.
    case outOfMemory
}

/// Gzip: bytes that were compressed. Source: RFC 1952.
public enum Gzip {
    /// Bytes that are made at a time.
    private static let chunkSizeInBytes = 64 << 10
    /// A window of 32 KiB, and the header of gzip rather than that of zlib.
    private static let windowBits: CInt = 15 + 16

    /// Decompresses one or more members that follow each other. No more than a byte above the maximum is ever made.
    ///
    /// - Parameters:
    ///   - input: All of the compressed bytes; less than 4 GiB.
    ///   - maximum: Bytes that come out, at most.
    public static func decompress(
        _ input: ByteBuffer,
        maximumBytes maximum: Int
    ) throws(GzipError) -> ByteBuffer {
        guard let count = UInt32(exactly: input.readableBytes) else { throw .tooLarge }
        // Zlib remembers where this lies.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        let size = CInt(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK else { throw .outOfMemory }
        defer { inflateEnd(stream) }
        let outcome: Result<ByteBuffer, GzipError> = input.withUnsafeReadableBytes { bytes in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = count
            return inflateAll(stream, maximum)
        }
        return try outcome.get()
    }

    private static func inflateAll(
        _ stream: UnsafeMutablePointer<z_stream>,
        _ maximum: Int
    ) -> Result<ByteBuffer, GzipError> {
        var output = ByteBuffer()
        while true {
            let room = min(chunkSizeInBytes, maximum - output.readableBytes + 1)
            var status = Z_OK
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
                stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(room)
                status = inflate(stream, Z_NO_FLUSH)
                return room - Int(stream.pointee.avail_out)
            }
            guard output.readableBytes <= maximum else { return .failure(.tooLarge) }
            switch status {
            case Z_OK: continue
            case Z_STREAM_END:
                if stream.pointee.avail_in == 0 { return .success(output) }
                guard inflateReset(stream) == Z_OK else { return .failure(.malformed) }
            case Z_MEM_ERROR: return .failure(.outOfMemory)
            // Also where the input ends too early: no progress can be made then.
            default: return .failure(.malformed)
            }
        }
    }
}
