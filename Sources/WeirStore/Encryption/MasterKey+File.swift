import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension MasterKey {
    /// Reads a key from a file of 32 bytes. Throws `encryptionKey` when it cannot be read, is of another length, or may be
    /// read or written by every user of the machine.
    public init(path: String) throws(DataFolderError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Self.failure(path, "it cannot be read", FileError(operation: "open", path: path, code: errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw Self.failure(path, "it cannot be read", FileError(operation: "fstat", path: path, code: errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Self.failure(path, "it is no file") }
        guard status.st_mode & 0o007 == 0 else {
            throw Self.failure(path, "every user of this machine may read or change it: chmod 600 \(path)")
        }
        let bytes = try Self.read(descriptor, path)
        guard let key = MasterKey(bytes) else {
            let length = bytes.count > Self.sizeInBytes ? "more than \(Self.sizeInBytes)" : "\(bytes.count)"
            throw Self.failure(path, "it is \(length) bytes long, and a key has \(Self.sizeInBytes)")
        }
        self = key
    }

    /// At most one byte more than a key has: enough to know that there are too many.
    private static func read(_ descriptor: Int32, _ path: String) throws(DataFolderError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: sizeInBytes + 1)
        var count = 0
        while count < bytes.count {
            let read = bytes.withUnsafeMutableBytes { space in
                let rest = UnsafeMutableRawBufferPointer(rebasing: space[count...])
                return systemRead(descriptor, rest.baseAddress, rest.count)
            }
            if read < 0 {
                if errno == EINTR { continue }
                throw failure(path, "it cannot be read", FileError(operation: "read", path: path, code: errno))
            }
            if read == 0 { break }
            count += read
        }
        return Array(bytes.prefix(count))
    }

    private static func failure(_ path: String, _ reason: String, _ cause: FileError? = nil) -> DataFolderError {
        let detail = cause.map { ": \($0)" } ?? ""
        return DataFolderError(
            .encryptionKey,
            "The file \(path) cannot be the encryption key: \(reason)\(detail)",
            cause: cause
        )
    }
}

private func systemRead(_ descriptor: Int32, _ space: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, space, count)
}
