import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a file with a secret in it was not read.
public struct SecretFileError: Error, Sendable, CustomStringConvertible {
    /// For people: names the file, and nothing of its content.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Files that hold secrets: access keys, private keys.
public enum SecretFile {
    /// The content of a file. Throws when it cannot be read, when anybody but its owner and group may read or write it,
    /// and when it is longer than `maximumBytes`.
    public static func read(_ path: String, maximumBytes maximum: Int) throws(SecretFileError) -> ByteBuffer {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw SecretFileError("\(path): it is a folder") }
        guard status.st_mode & 0o007 == 0 else {
            throw SecretFileError(
                "\(path): it holds secrets, and every user of this machine may read or change it: chmod 600 \(path)"
            )
        }
        var buffer = ByteBuffer()
        while buffer.readableBytes <= maximum {
            var count = 0
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 << 10) { space in
                repeat {
                    count = Self.read(descriptor, space)
                } while count < 0 && errno == EINTR
                return max(0, count)
            }
            if count < 0 { throw failure(path) }
            if count == 0 { return buffer }
        }
        throw SecretFileError("\(path): it is longer than \(maximum) bytes")
    }

    private static func read(_ descriptor: CInt, _ space: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, space.baseAddress, space.count)
        #elseif canImport(Musl)
            Musl.read(descriptor, space.baseAddress, space.count)
        #else
            Darwin.read(descriptor, space.baseAddress, space.count)
        #endif
    }

    private static func failure(_ path: String) -> SecretFileError {
        SecretFileError("\(path): it cannot be read: \(String(cString: strerror(errno)))")
    }
}
