import NIOCore
import WeirBytes

/// Compresses the blocks of packed segments, and makes sure that each comes back. One thread at a time uses it.
final class BlockCompressor {
    private let encoder: ZstandardEncoder
    private let decoder: ZstandardDecoder
    private var compressed = ByteBuffer()
    private var unpacked = ByteBuffer()

    /// Throws `.io` when there is no memory.
    init() throws(LogError) {
        do throws(ZstandardError) {
            encoder = try ZstandardEncoder()
            decoder = try ZstandardDecoder()
        } catch {
            throw LogError(.io, "there is no memory to compress a log segment", cause: error)
        }
    }

    /// The bytes, compressed; nil when they would not become smaller. Throws `.io` when they cannot be compressed, or do not come
    /// back: a compressor or memory that is wrong must not cost what is on disk already.
    func compress(_ bytes: ByteBuffer) throws(LogError) -> ByteBuffer? {
        let size = bytes.readableBytes
        do throws(ZstandardError) {
            try bytes.fill(&compressed, upTo: size) { (input, space) throws(ZstandardError) in
                try encoder.compress(input, into: space)
            }
        } catch {
            if error == .noSpace { return nil }
            throw LogError(.io, "a block of a log segment cannot be compressed", cause: error)
        }
        if compressed.readableBytes >= size { return nil }
        do throws(ZstandardError) {
            try compressed.fill(&unpacked, upTo: size) { (input, space) throws(ZstandardError) in
                try decoder.decompress(input, into: space)
                return space.count
            }
        } catch {
            throw LogError(.io, "a block of a log segment was compressed and does not come back", cause: error)
        }
        guard unpacked == bytes else {
            throw LogError(.io, "a block of a log segment was compressed and comes back otherwise")
        }
        return compressed
    }
}

extension ByteBuffer {
    /// Clears a buffer and fills it with what `body` makes of these bytes, at most so many; it answers how many.
    func fill(
        _ output: inout ByteBuffer,
        upTo count: Int,
        _ body: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) throws(ZstandardError) -> Int
    ) throws(ZstandardError) {
        output.clear(minimumCapacity: count)
        var failure: ZstandardError?
        _ = withUnsafeReadableBytes { input in
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                do throws(ZstandardError) {
                    return try body(input, UnsafeMutableRawBufferPointer(rebasing: space[..<count]))
                } catch {
                    failure = error
                    return 0
                }
            }
        }
        if let failure { throw failure }
    }
}
