import NIOCore
import SystemPackage
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that dead letters are written to, one a line. Only its owner may read it, as their data may be anything.
final class DeadLetterExport {
    private let path: String
    private let descriptor: SystemPackage.FileDescriptor

    /// Throws when the file is there and may not be.
    static func check(path: String, mayAppend: Bool) throws {
        if !mayAppend, access(path, F_OK) == 0 { throw isThere(path) }
    }

    private static func isThere(_ path: String) -> CommandFailure {
        CommandFailure("\(path) is there already: name another file, or say --append")
    }

    /// Makes the file, durably, or opens it to write at its end where that is allowed.
    init(path: String, mayAppend: Bool) throws {
        self.path = path
        var options: SystemPackage.FileDescriptor.OpenOptions = [.create, .append, .closeOnExec]
        if !mayAppend { options.insert(.exclusiveCreate) }
        do {
            descriptor = try SystemPackage.FileDescriptor.open(
                FilePath(path),
                .readWrite,
                options: options,
                permissions: [.ownerRead, .ownerWrite]
            )
        } catch let error as Errno where error == .fileExists {
            throw Self.isThere(path)
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
        do {
            try SystemFileSystem().syncDirectory(parentDirectory(of: path))
            try endLine()
        } catch {
            try? descriptor.close()
            throw error
        }
    }

    /// Writes lines, each without its line feed.
    func write(_ lines: [ByteBuffer]) throws {
        var bytes = ByteBuffer()
        for line in lines {
            bytes.writeImmutableBuffer(line)
            bytes.writeInteger(UInt8(ascii: "\n"))
        }
        try bytes.withUnsafeReadableBytes { _ = try descriptor.writeAll($0) }
    }

    /// What was written is on disk.
    func sync() throws {
        guard fsync(descriptor.rawValue) == 0 else {
            throw CommandFailure("\(path): \(Errno(rawValue: errno))")
        }
    }

    func close() { try? descriptor.close() }

    /// A line that was cut off stays as a line of its own.
    private func endLine() throws {
        let end = try descriptor.seek(offset: 0, from: .end)
        guard end > 0 else { return }
        var last: UInt8 = 0
        _ = try withUnsafeMutableBytes(of: &last) { try descriptor.read(fromAbsoluteOffset: end - 1, into: $0) }
        if last != UInt8(ascii: "\n") { try write([ByteBuffer()]) }
    }
}
