import CZstd

/// Why bytes could not be compressed or decompressed.
public enum ZstandardError: Error, Hashable, Sendable {
    /// They are not what a compressor made, or come to another number of bytes than was said.
    case malformed
    /// They do not fit into the space.
    case noSpace
    /// There is no memory for it.
    case outOfMemory
}

/// Compresses pieces of bytes, each by itself. Source: RFC 8878. It keeps its tables (about a megabyte) between two pieces; one
/// thread at a time uses it.
public final class ZstandardEncoder {
    private let context: OpaquePointer

    /// Between speed and size: zstd's own default. Higher levels are slower, and hardly better on pieces of this size.
    private static let level: CInt = 3

    /// Throws `outOfMemory`.
    public init() throws(ZstandardError) {
        guard let context = ZSTD_createCCtx() else { throw .outOfMemory }
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Bytes that compressed bytes take at most, of so many.
    public static func maximumSize(of count: Int) -> Int { ZSTD_compressBound(count) }

    /// Compresses a piece into a space, and answers the bytes that it takes there.
    ///
    /// Throws `noSpace` when it does not fit, and `outOfMemory`.
    public func compress(
        _ input: UnsafeRawBufferPointer,
        into space: UnsafeMutableRawBufferPointer
    ) throws(ZstandardError) -> Int {
        let result = ZSTD_compressCCtx(
            context,
            space.baseAddress,
            space.count,
            input.baseAddress,
            input.count,
            Self.level
        )
        guard ZSTD_isError(result) != 0 else { return result }
        throw ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall ? .noSpace : .outOfMemory
    }
}

/// Decompresses pieces that ``ZstandardEncoder`` made. One thread at a time uses it.
public final class ZstandardDecoder {
    private let context: OpaquePointer

    /// Throws `outOfMemory`.
    public init() throws(ZstandardError) {
        guard let context = ZSTD_createDCtx() else { throw .outOfMemory }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Decompresses a piece into a space, which it must fill. Never writes beyond it.
    ///
    /// Throws `malformed`, and `outOfMemory`.
    public func decompress(
        _ input: UnsafeRawBufferPointer,
        into space: UnsafeMutableRawBufferPointer
    ) throws(ZstandardError) {
        let result = ZSTD_decompressDCtx(context, space.baseAddress, space.count, input.baseAddress, input.count)
        if ZSTD_isError(result) != 0 {
            throw ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? .outOfMemory : .malformed
        }
        guard result == space.count else { throw .malformed }
    }
}
