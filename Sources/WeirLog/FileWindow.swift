import WeirRuntime

/// A file read through a window that moves forward: for scans.
final class FileWindow {
    private let file: any File
    let fileSize: Int64
    private var space: UnsafeMutableRawBufferPointer
    private var start: Int64 = 0
    private var count = 0

    private static let leastSize = 1 << 20

    init(file: any File) throws(FileError) {
        self.file = file
        fileSize = try file.size()
        space = .allocate(byteCount: Self.leastSize, alignment: 16)
    }

    deinit { space.deallocate() }

    /// Bytes of the file, valid until the next call; nil when they are not all within it.
    func bytes(at offset: Int64, count wanted: Int) throws(FileError) -> UnsafeRawBufferPointer? {
        guard offset + Int64(wanted) <= fileSize else { return nil }
        if offset < start || offset + Int64(wanted) > start + Int64(count) {
            if wanted > space.count {
                space.deallocate()
                space = .allocate(byteCount: wanted, alignment: 16)
            }
            start = offset
            count = 0
            do throws(FileError) {
                count = try file.read(into: space, at: offset)
            } catch {
                // What is asked for may be readable where what follows is not.
                if wanted == space.count { throw error }
                count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: space[..<wanted]), at: offset)
            }
            guard count >= wanted else { return nil }
        }
        let place = Int(offset - start)
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(space)[place..<place + wanted])
    }

    /// The first offset at or after one that holds another byte than zero; nil when there is none.
    func firstNonZero(from offset: Int64) throws(FileError) -> Int64? {
        var next = offset
        while next < fileSize {
            let length = Int(min(fileSize - next, 64 << 10))
            guard let bytes = try bytes(at: next, count: length) else { return nil }
            var place = 0
            while place + 8 <= length, bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) == 0 { place += 8 }
            while place < length, bytes[place] == 0 { place += 1 }
            if place < length { return next + Int64(place) }
            next += Int64(length)
        }
        return nil
    }
}
