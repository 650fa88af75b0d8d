import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file of the operating system. It is closed when the last reference to it goes.
final class SystemFile: File {
    private let descriptor: Int32
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
            let count = try SystemCalls.retry("pread", path) {
                pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        try SystemCalls.write(bytes, to: descriptor, path, at: offset)
    }

    func dataSync() throws(FileError) { try SystemCalls.dataSync(descriptor, path) }

    func sync() throws(FileError) { try SystemCalls.sync(descriptor, path) }

    func truncate(to size: Int64) throws(FileError) { try SystemCalls.truncate(descriptor, path, size) }

    func size() throws(FileError) -> Int64 { Int64(try SystemCalls.status(descriptor, path).st_size) }

    func linkCount() throws(FileError) -> Int { Int(try SystemCalls.status(descriptor, path).st_nlink) }

    /// Which file it is, however it is named.
    func identity() throws(FileError) -> FileIdentity { FileIdentity(try SystemCalls.status(descriptor, path)) }
}

/// Which file of the system is open.
struct FileIdentity: Equatable {
    private let device: UInt64
    private let number: UInt64

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }
}

#if os(Linux)
    /// A file of the operating system that was opened with `O_DIRECT`. It is closed when the last reference to it goes.
    final class SystemDirectFile: DirectFile {
        /// That of disks with large sectors and of pages: what asks for less takes it too.
        let alignment = 4096

        private let descriptor: Int32
        private let path: String

        init(descriptor: Int32, path: String) {
            self.descriptor = descriptor
            self.path = path
        }

        deinit { close(descriptor) }

        /// Which file it is, however it is named.
        func identity() throws(FileError) -> FileIdentity { FileIdentity(try SystemCalls.status(descriptor, path)) }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
            try SystemCalls.write(bytes, to: descriptor, path, at: offset)
        }
    }
#endif

/// A lock by `flock`, held by its open file. The operating system releases it when the process ends.
final class SystemFileLock: FileLock {
    private let descriptor: Mutex<Int32?>

    init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { release() }

    func release() {
        descriptor.withLock { descriptor in
            if let held = descriptor { close(held) }
            descriptor = nil
        }
    }
}
