import NIOCore
import WeirRuntime

/// Writes a new file from its start to its end: whole blocks around the page cache where that is possible, so that they are on their
/// way to the disk one by one, and the sync in the end has little left to do that appends would have to wait for.
///
/// One thread at a time uses it.
final class SequentialWriter {
    private let file: any File
    private var direct: (any DirectFile)?
    /// Where the next byte goes. A multiple of the blocks' size as long as there is ``direct``.
    private var offset: Int64 = 0
    /// Blocks on their way: memory that is aligned as they are.
    private var blocks: UnsafeMutableRawBufferPointer?

    /// Bytes of one write around the page cache, at most.
    private static let pieceSize = 256 << 10

    init(_ file: any File, path: String, in fileSystem: any FileSystem, isDirect: Bool) {
        self.file = file
        direct = isDirect ? try? fileSystem.openDirect(path, of: file) : nil
        if let direct, direct.alignment <= Self.pieceSize {
            blocks = .allocate(byteCount: Self.pieceSize, alignment: direct.alignment)
        }
    }

    deinit { blocks?.deallocate() }

    /// Writes what goes next and takes it out of the buffer: whole blocks of it, or all of it when it is the end of the file.
    func write(_ buffer: inout ByteBuffer, isEnd: Bool = false) throws(FileError) {
        if let direct, let blocks {
            do throws(FileError) {
                try writeBlocks(of: &buffer, to: direct, by: blocks)
            } catch {
                guard error.isUnsupported else { throw error }
                // Not this file system, or not with these blocks.
                self.direct = nil
            }
        }
        guard isEnd || direct == nil || blocks == nil else { return }
        try file.write(buffer, at: offset)
        offset += Int64(buffer.readableBytes)
        buffer.clear()
    }

    /// Makes all that was written durable.
    func sync() throws(FileError) { try file.sync() }

    private func writeBlocks(
        of buffer: inout ByteBuffer,
        to direct: any DirectFile,
        by blocks: UnsafeMutableRawBufferPointer
    ) throws(FileError) {
        while buffer.readableBytes >= direct.alignment {
            let count = min(buffer.readableBytes, blocks.count) & ~(direct.alignment - 1)
            let piece = UnsafeMutableRawBufferPointer(rebasing: blocks[..<count])
            buffer.withUnsafeReadableBytes { piece.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            try direct.write(UnsafeRawBufferPointer(piece), at: offset)
            offset += Int64(count)
            buffer.moveReaderIndex(forwardBy: count)
        }
        buffer.discardReadBytes()
    }
}
