#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file operation that failed.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The operation, by the name of its system call.
    public let operation: String
    /// The file or folder.
    public let path: String
    /// The operating system's error number (`errno`).
    public let code: Int32

    /// An operation that failed.
    public init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// Whether the disk or the quota is full.
    public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

    /// Whether there is no file or folder of that name.
    public var isNotFound: Bool { code == ENOENT }

    /// Whether there is a file or folder of that name already.
    public var isAlreadyThere: Bool { code == EEXIST }

    /// Whether the process may not do that there.
    public var isPermissionDenied: Bool { code == EACCES || code == EPERM }

    /// Whether the file system cannot do that, or not in this way.
    public var isUnsupported: Bool { code == EINVAL || code == ENOTSUP || code == EOPNOTSUPP }

    /// Whether the name is that of a folder.
    public var isDirectory: Bool { code == EISDIR || code == EPERM }

    public var description: String {
        var text = [CChar](repeating: 0, count: 256)
        _ = strerror_r(code, &text, text.count)
        let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(operation) \(path): \(reason.isEmpty ? "error \(code)" : reason)"
    }
}
