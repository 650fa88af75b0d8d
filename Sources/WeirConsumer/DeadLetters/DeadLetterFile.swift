import NIOCore
import NIOPosix
import Synchronization
import WeirRuntime

/// Appends dead letters to a file, one JSON object a line, each durable before the worker goes on.
///
/// The file belongs to one destination at a time, in all processes: `<path>.lock` is locked while it is open. The file
/// is opened, and made when there is none, with the first letter. A line that was cut off by a crash stays as a line of its own.
public final class DeadLetterFile: DeadLetterDestination {
    private struct OpenFile {
        let file: any File
        let lock: any FileLock
        var end: Int64
    }

    /// The file's path.
    public let path: String
    private let fileSystem: any FileSystem
    private let open = Mutex<OpenFile?>(nil)

    /// A destination that appends to the file of that path.
    public init(path: String, fileSystem: any FileSystem = SystemFileSystem()) {
        self.path = path
        self.fileSystem = fileSystem
    }

    /// Throws a ``FileError`` when the file cannot be written, and ``Busy`` while another destination has it open.
    public func put(_ letter: DeadLetter) async throws {
        try await NIOSingletons.posixBlockingThreadPool.runIfActive { try self.append(letter) }
    }

    /// Closes the file, so that another destination can open it. The next letter opens it again.
    public func close() {
        open.withLock { open in
            open?.lock.release()
            open = nil
        }
    }

    /// Another destination, of this process or another one, has the file open.
    public struct Busy: Error, Hashable, CustomStringConvertible {
        /// The file's path.
        public let path: String

        public var description: String { "Another process writes dead letters to \(path)" }
    }

    private func append(_ letter: DeadLetter) throws {
        try open.withLock { open in
            var current = try open ?? opened()
            // After a failure nobody knows what the file holds: the next letter opens it again.
            open = nil
            var line = letter.encoded
            line.writeInteger(UInt8(ascii: "\n"))
            try Self.write(line, to: &current)
            try current.file.dataSync()
            open = current
        }
    }

    private static func write(_ bytes: ByteBuffer, to target: inout OpenFile) throws(FileError) {
        var result: Result<Void, FileError> = .success(())
        bytes.withUnsafeReadableBytes { bytes in
            do throws(FileError) { try target.file.write(bytes, at: target.end) } catch { result = .failure(error) }
        }
        try result.get()
        target.end += Int64(bytes.readableBytes)
    }

    private func opened() throws -> OpenFile {
        guard let lock = try fileSystem.lock(path + ".lock") else { throw Busy(path: path) }
        let file: any File
        do throws(FileError) {
            file = try fileSystem.open(path, .readWrite)
        } catch {
            guard error.isNotFound else { throw error }
            file = try fileSystem.open(path, .create)
            try fileSystem.syncDirectory(parentDirectory(of: path))
        }
        var opened = OpenFile(file: file, lock: lock, end: try file.size())
        var last = ByteBuffer()
        if opened.end > 0, try file.read(1, at: opened.end - 1, into: &last) == 1, last != ByteBuffer(string: "\n") {
            try Self.write(ByteBuffer(string: "\n"), to: &opened)
        }
        return opened
    }
}
