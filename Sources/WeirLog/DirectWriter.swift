import NIOCore
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes to the file of a segment around the page cache: whole blocks, from memory that is aligned as they are.
///
/// Frames end anywhere. The bytes that stand before them in their first block are written once more as they are, and the rest of
/// their last block as zeros, which the next frames replace.
struct DirectWriter: Sendable {
    private let output: any DirectFile
    private let file: any File
    private let path: String
    /// What stands in the last block of the frames that were written here, up to their end.
    private var begun: [UInt8] = []
    /// Where those frames end.
    private var end: Int64 = -1

    /// Nil where the file system has no such writes, or the file cannot be opened a second time by its path.
    init?(_ file: any File, path: String, in fileSystem: any FileSystem) {
        guard let output = try? fileSystem.openDirect(path, of: file) else { return nil }
        self.output = output
        self.file = file
        self.path = path
    }

    /// What places in the file are multiples of.
    var alignment: Int { output.alignment }

    /// The end of the block in which a place is; a place between two is the end of the first.
    func endOfBlock(_ offset: Int64) -> Int64 { offset.roundedUp(toMultipleOf: Int64(alignment)) }

    /// How much larger than its frames a buffer must be.
    var room: Int { 3 * alignment }

    /// Where to begin in some memory, so that frames for a place in the file can be written from there.
    func start(in memory: UnsafeMutableRawPointer, for offset: Int64) -> Int {
        let address = Int64(Int(bitPattern: memory))
        return Int(endOfBlock(address) - address) + Int(offset % Int64(alignment))
    }

    /// Makes sure that it knows what stands in the block in which an offset is, before it.
    mutating func begin(at offset: Int64) throws(FileError) {
        if end == offset { return }
        let lead = Int(offset % Int64(alignment))
        var before = ByteBuffer()
        if lead > 0, try file.read(lead, at: offset - Int64(lead), into: &before) < lead {
            // Somebody cut the file. What the memory held before is not to be written in its place.
            throw FileError(operation: "pread", path: path, code: EIO)
        }
        begun = Array(before.readableBytesView)
        end = offset
    }

    /// Writes the readable bytes of a buffer, which are laid out for it (``start(in:for:)``), at the offset of the last ``begin(at:)``.
    mutating func write(_ buffer: inout ByteBuffer) throws(FileError) {
        let offset = end
        let lead = Int(offset % Int64(alignment))
        let (first, size) = (buffer.readerIndex - lead, buffer.readableBytes)
        let written = Int(endOfBlock(offset + Int64(size)) - offset) + lead
        let result = buffer.withVeryUnsafeMutableBytes { memory in
            let blocks = UnsafeMutableRawBufferPointer(rebasing: memory[first..<first + written])
            blocks.copyBytes(from: begun)
            UnsafeMutableRawBufferPointer(rebasing: blocks[(lead + size)...])
                .initializeMemory(as: UInt8.self, repeating: 0)
            return Result { () throws(FileError) in
                try output.write(UnsafeRawBufferPointer(blocks), at: offset - Int64(lead))
            }
        }
        try result.get()
        end = offset + Int64(size)
        let rest = Int(end % Int64(alignment))
        begun.removeAll(keepingCapacity: true)
        buffer.withVeryUnsafeBytes { memory in
            let frames = first + lead + size
            begun.append(contentsOf: memory[frames - rest..<frames])
        }
    }

    /// After a write that failed: writes by the page cache the block in which the frames were to begin, as it was. The disk may
    /// hold anything there. What is behind the begin does not count, and is cut off next.
    func restoreBlock() throws(FileError) {
        if begun.isEmpty { return }
        let block = begun + [UInt8](repeating: 0, count: alignment - begun.count)
        try file.write(block[...], at: end - Int64(begun.count))
    }

    /// Writes zeros from the end of a block to the end of another one.
    func writeZeros(_ places: Range<Int64>) throws(FileError) {
        try Zeros.write(places) { (zeros, offset) throws(FileError) in try output.write(zeros, at: offset) }
    }
}

/// Zeros, with which files are extended.
enum Zeros {
    /// Bytes of one write, at most.
    private static let pieceSize = 512 << 10
    /// No file system asks for more, and the first byte is anywhere.
    private static let alignment: Int64 = 4096
    private static let memory = [UInt8](repeating: 0, count: pieceSize + Int(alignment))

    /// Has zeros written at places of a file, from aligned memory.
    static func write(
        _ places: Range<Int64>,
        by write: (UnsafeRawBufferPointer, Int64) throws(FileError) -> Void
    ) throws(FileError) {
        let result = memory.withUnsafeBytes { memory in
            let address = Int64(Int(bitPattern: memory.baseAddress))
            let skipped = Int(address.roundedUp(toMultipleOf: alignment) - address)
            return Result { () throws(FileError) in
                var offset = places.lowerBound
                while offset < places.upperBound {
                    let count = Int(min(places.upperBound - offset, Int64(pieceSize)))
                    try write(UnsafeRawBufferPointer(rebasing: memory[skipped..<skipped + count]), offset)
                    offset += Int64(count)
                }
            }
        }
        try result.get()
    }
}

extension File {
    /// Writes zeros at places.
    func writeZeros(_ places: Range<Int64>) throws(FileError) {
        try Zeros.write(places) { (zeros, offset) throws(FileError) in try write(zeros, at: offset) }
    }
}

extension Int64 {
    /// The next multiple of a power of two; itself when it is one.
    func roundedUp(toMultipleOf power: Int64) -> Int64 { (self + power - 1) & ~(power - 1) }
}
