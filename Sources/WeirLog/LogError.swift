import WeirRuntime

/// What the log throws.
public struct LogError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case noSpace, io, corrupt, closed, failed, overloaded, tooLarge, unsupportedFormat
        }

        private let value: Value

        /// The disk is full. Nothing of the append was kept; the log goes on and takes appends when there is room.
        public static let noSpace = Code(value: .noSpace)
        /// The disk refused a read or a write. Nothing of an append was kept; the log goes on.
        public static let io = Code(value: .io)
        /// Bytes on disk are not what was written. The message names the file and the offset.
        public static let corrupt = Code(value: .corrupt)
        /// The log or its pool of threads was closed.
        public static let closed = Code(value: .closed)
        /// A sync failed earlier: the log takes no more appends until it is opened again. Reads go on.
        public static let failed = Code(value: .failed)
        /// Too many appends wait for the disk already.
        public static let overloaded = Code(value: .overloaded)
        /// An entry, or an append as a whole, is larger than the log takes.
        public static let tooLarge = Code(value: .tooLarge)
        /// The files were written by a newer version.
        public static let unsupportedFormat = Code(value: .unsupportedFormat)

        public var description: String { value.rawValue }
    }

    /// What went wrong.
    public let code: Code
    /// For people.
    public let message: String
    /// The error below, if any.
    public let cause: (any Error)?
    /// The entry that cannot be read, when it is known that one is corrupt or lies where the disk cannot be read: reading may go
    /// on after it. Where several of a lane are lost together, it is the last of them.
    public let corruptIndex: UInt64?
    /// How many entries are lost: of a packed segment, all of a block. 1 where ``corruptIndex`` tells of one.
    public let corruptCount: Int

    /// An error with its code and a message for people.
    public init(
        _ code: Code,
        _ message: String,
        cause: (any Error)? = nil,
        corruptIndex: UInt64? = nil,
        corruptCount: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.corruptIndex = corruptIndex
        self.corruptCount = corruptCount ?? (corruptIndex == nil ? 0 : 1)
    }

    /// A file operation that failed.
    init(_ error: FileError) {
        self.init(error.isOutOfSpace ? .noSpace : .io, error.description, cause: error)
    }

    /// Whether the same call may succeed on this log after a while.
    public var isRetryable: Bool { code == .noSpace || code == .io || code == .overloaded }

    public var description: String { "\(code): \(message)" }
}

/// Performs file operations and throws their errors as the log's.
func withLogErrors<Value>(_ body: () throws(FileError) -> Value) throws(LogError) -> Value {
    do throws(FileError) {
        return try body()
    } catch {
        throw LogError(error)
    }
}
