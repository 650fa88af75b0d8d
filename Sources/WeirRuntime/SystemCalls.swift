#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The system calls under their own names, outside the types whose methods have the same names.
enum SystemCalls {
    /// Calls until a signal does not interrupt it, and throws the error number as a ``FileError``.
    static func retry<Value: SignedInteger>(
        _ operation: String,
        _ path: String,
        _ call: () -> Value
    ) throws(FileError) -> Value {
        while true {
            let result = call()
            if result != -1 { return result }
            if errno != EINTR { throw FileError(operation: operation, path: path, code: errno) }
        }
    }

    static func open(_ path: String, _ flags: Int32) throws(FileError) -> Int32 {
        try retry("open", path) { systemOpen(path, flags) }
    }

    static func rename(_ path: String, _ newPath: String) throws(FileError) {
        _ = try retry("rename", path) { systemRename(path, newPath) }
    }

    static func link(_ path: String, _ newPath: String) throws(FileError) {
        _ = try retry("link", newPath) { systemLink(path, newPath) }
    }

    static func removeDirectory(_ path: String) throws(FileError) {
        _ = try retry("rmdir", path) { rmdir(path) }
    }

    static func unlink(_ path: String) throws(FileError) {
        _ = try retry("unlink", path) { systemUnlink(path) }
    }

    /// Writes all bytes at an offset.
    static func write(
        _ bytes: UnsafeRawBufferPointer,
        to descriptor: Int32,
        _ path: String,
        at offset: Int64
    ) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = try retry("pwrite", path) {
                pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
            }
            // A write of some bytes that writes none and reports no error would be repeated for ever.
            if count == 0 { throw FileError(operation: "pwrite", path: path, code: EIO) }
            done += count
        }
    }

    static func truncate(_ descriptor: Int32, _ path: String, _ size: Int64) throws(FileError) {
        _ = try retry("ftruncate", path) { ftruncate(descriptor, off_t(size)) }
    }

    /// Data on stable storage. Darwin's `fsync` leaves it in the drive's cache, so there it is `F_FULLFSYNC`.
    static func dataSync(_ descriptor: Int32, _ path: String) throws(FileError) {
        #if canImport(Darwin)
            _ = try retry("fcntl", path) { fcntl(descriptor, F_FULLFSYNC) }
        #else
            _ = try retry("fdatasync", path) { fdatasync(descriptor) }
        #endif
    }

    /// Data and metadata on stable storage.
    static func sync(_ descriptor: Int32, _ path: String) throws(FileError) {
        #if canImport(Darwin)
            _ = try retry("fcntl", path) { fcntl(descriptor, F_FULLFSYNC) }
        #else
            _ = try retry("fsync", path) { fsync(descriptor) }
        #endif
    }

    /// What is known of an open file.
    static func status(_ descriptor: Int32, _ path: String) throws(FileError) -> stat {
        var status = stat()
        _ = try retry("fstat", path) { fstat(descriptor, &status) }
        return status
    }

    /// What is known of a file or folder.
    static func status(_ path: String) throws(FileError) -> stat {
        var status = stat()
        _ = try retry("stat", path) { stat(path, &status) }
        return status
    }

    /// Takes the lock of an open file; false when another holds it.
    static func tryLock(_ descriptor: Int32, _ path: String) throws(FileError) -> Bool {
        do throws(FileError) {
            _ = try retry("flock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            if error.code == EWOULDBLOCK { return false }
            throw error
        }
    }
}

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { open(path, flags | O_CLOEXEC, mode_t(0o644)) }

private func systemRename(_ path: String, _ newPath: String) -> Int32 { rename(path, newPath) }

private func systemLink(_ path: String, _ newPath: String) -> Int32 { link(path, newPath) }

private func systemUnlink(_ path: String) -> Int32 { unlink(path) }
