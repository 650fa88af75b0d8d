import NIOCore
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the lines of an access log go: a file that is appended to, or standard output. All calls block.
final class AccessLogFile {
    private let path: String?
    private var descriptor: Int32

    /// Opens a file, which is made when absent; standard output when the path is nil. Throws ``FileError``.
    init(path: String?) throws(FileError) {
        self.path = path
        descriptor = try path.map(Self.open) ?? STDOUT_FILENO
    }

    deinit { if path != nil { close(descriptor) } }

    /// Opens the file of that name again, after it was renamed. When it throws, the old one stays open.
    func reopen() throws(FileError) {
        guard let path else { return }
        let newDescriptor = try Self.open(path)
        close(descriptor)
        descriptor = newDescriptor
    }

    /// Appends bytes.
    func write(_ bytes: ByteBuffer) throws(FileError) {
        var result: Result<Void, FileError> = .success(())
        bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = systemWrite(descriptor, rest)
                if count < 0 {
                    if errno == EINTR { continue }
                    result = .failure(FileError(operation: "write", path: path ?? "-", code: errno))
                    return
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        try result.get()
    }

    private static func open(_ path: String) throws(FileError) -> Int32 {
        let descriptor = systemOpen(path)
        guard descriptor >= 0 else { throw FileError(operation: "open", path: path, code: errno) }
        return descriptor
    }
}

private func systemOpen(_ path: String) -> Int32 {
    open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode_t(0o640))
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
