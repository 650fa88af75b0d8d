import NIOCore
import WeirModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension CredentialsFile {
    /// Reads a file. Throws when it cannot be read, when anybody but its owner and group may read or write it, when it
    /// is too long, and when its content cannot be used.
    public init(path: String) throws(CredentialsFileError) {
        try self.init(json: try Self.content(of: path), name: path)
    }

    /// The bytes of a file that holds secrets. Throws as ``init(path:)``.
    static func content(of path: String) throws(CredentialsFileError) -> ByteBuffer {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw CredentialsFileError("\(path): it is a folder") }
        guard status.st_mode & 0o007 == 0 else {
            throw CredentialsFileError(
                "\(path): it holds secrets, and every user of this machine may read or change it: chmod 600 \(path)"
            )
        }
        var buffer = ByteBuffer()
        let maximum = Limits.maximumCredentialsFileSizeInBytes
        while buffer.readableBytes <= maximum {
            var count = 0
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 << 10) { space in
                repeat { count = read(descriptor, space.baseAddress, space.count) } while count < 0 && errno == EINTR
                return max(0, count)
            }
            if count < 0 { throw failure(path) }
            if count == 0 { return buffer }
        }
        throw CredentialsFileError("\(path): it is longer than \(maximum) bytes")
    }

    private static func failure(_ path: String) -> CredentialsFileError {
        CredentialsFileError("\(path): it cannot be read: \(String(cString: strerror(errno)))")
    }
}
