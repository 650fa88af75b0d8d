import NIOCore
import NIOPosix
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The lines of a file or of standard input, without their line feeds, read as they are asked for.
struct LineSequence: AsyncSequence {
    typealias Element = ByteBuffer

    /// A line is longer than any record may be.
    struct LineTooLong: Error, CustomStringConvertible {
        var lineNumber: Int
        var maximum: Int
        var description: String { "line \(lineNumber) is longer than \(maximum) bytes" }
    }

    let descriptor: SystemPackage.FileDescriptor
    let maximumLineLength: Int

    /// Opens a file and gives its lines to the body; `nil` or `-` is standard input.
    static func withLines<Result>(
        of path: String?,
        maximumLineLength: Int,
        _ body: (LineSequence) async throws -> Result
    ) async throws -> Result {
        guard let path, path != "-" else {
            return try await body(LineSequence(descriptor: .standardInput, maximumLineLength: maximumLineLength))
        }
        let descriptor: SystemPackage.FileDescriptor
        do {
            descriptor = try SystemPackage.FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
        defer { try? descriptor.close() }
        return try await body(LineSequence(descriptor: descriptor, maximumLineLength: maximumLineLength))
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(descriptor: descriptor, maximumLineLength: maximumLineLength)
    }

    struct Iterator: AsyncIteratorProtocol {
        private let descriptor: SystemPackage.FileDescriptor
        private let maximumLineLength: Int
        private var pending = ByteBuffer()
        /// How far `pending` was searched for a line feed in vain.
        private var searched = 0
        private var isAtEnd = false
        private var lineNumber = 0

        init(descriptor: SystemPackage.FileDescriptor, maximumLineLength: Int) {
            self.descriptor = descriptor
            self.maximumLineLength = maximumLineLength
        }

        mutating func next() async throws -> ByteBuffer? {
            while true {
                if let line = takeLine() {
                    lineNumber += 1
                    guard line.readableBytes <= maximumLineLength else { throw tooLong }
                    return line
                }
                if isAtEnd {
                    guard pending.readableBytes > 0 else { return nil }
                    let rest = pending
                    pending.clear()
                    searched = 0
                    lineNumber += 1
                    guard rest.readableBytes <= maximumLineLength else { throw tooLong }
                    return rest
                }
                guard pending.readableBytes <= maximumLineLength else {
                    lineNumber += 1
                    throw tooLong
                }
                try await readMore()
            }
        }

        private var tooLong: LineTooLong { LineTooLong(lineNumber: lineNumber, maximum: maximumLineLength) }

        private mutating func takeLine() -> ByteBuffer? {
            let view = pending.readableBytesView
            guard let end = view[(view.startIndex + searched)...].firstIndex(of: UInt8(ascii: "\n")) else {
                searched = view.count
                return nil
            }
            let line = pending.readSlice(length: end - view.startIndex)
            pending.moveReaderIndex(forwardBy: 1)
            searched = 0
            return line
        }

        /// Reads on a thread of its own pool: reading a terminal or a pipe may block for long.
        private mutating func readMore() async throws {
            let descriptor = descriptor
            let isCancelled = CancellationFlag()
            let chunk = try await withTaskCancellationHandler {
                try await NIOThreadPool.singleton.runIfActive {
                    try Self.waitForInput(descriptor, isCancelled)
                    var chunk = ByteBuffer()
                    _ = try chunk.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 << 10) { bytes in
                        try descriptor.read(into: bytes)
                    }
                    return chunk
                }
            } onCancel: {
                isCancelled.set()
            }
            if chunk.readableBytes == 0 { isAtEnd = true }
            pending.discardReadBytes()
            pending.writeImmutableBuffer(chunk)
        }

        /// Blocks until there is something to read or the end of it. Looks now and then whether it was cancelled.
        private static func waitForInput(
            _ descriptor: SystemPackage.FileDescriptor,
            _ isCancelled: CancellationFlag
        ) throws {
            while true {
                if isCancelled.isSet { throw CancellationError() }
                var request = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
                let count = poll(&request, 1, 100)
                if count > 0 { return }
                if count < 0, errno != EINTR { throw Errno(rawValue: errno) }
            }
        }
    }
}

/// Tells a thread that its work is no longer wanted.
private final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}

/// Why a command failed, in one line.
struct CommandFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
