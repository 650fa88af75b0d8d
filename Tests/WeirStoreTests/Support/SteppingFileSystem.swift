import Synchronization
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The operating system's files, with something to do before each operation that changes any: look at what is there, as a killed
/// process would leave it, or let the operation fail.
final class SteppingFileSystem: FileSystem {
    static let diskFull = ENOSPC
    static let inputOutputError = EIO

    private let files = SystemFileSystem()
    private let hook = Mutex<(@Sendable (_ operation: String) -> Int32?)?>(nil)

    /// `step` is called before each change of a file or a folder, on the thread that makes it, with the name of the system call; a
    /// number that it answers is that of the error with which the operation fails.
    func onStep(_ step: (@Sendable (_ operation: String) -> Int32?)?) { hook.withLock { $0 = step } }

    /// From now on writes, new files and new folders fail with an error number; with nil none does.
    func fail(with code: Int32?) {
        onStep { operation in ["open", "pwrite", "mkdir"].contains(operation) ? code : nil }
    }

    fileprivate func step(_ operation: String, _ path: String) throws(FileError) {
        let step = hook.withLock { $0 }
        if let code = step?(operation) { throw FileError(operation: operation, path: path, code: code) }
    }

    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        if case .create = mode { try step("open", path) }
        return SteppingFile(file: try files.open(path, mode), path: path, system: self)
    }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        try step("rename", path)
        try files.rename(path, to: newPath)
    }

    func link(_ path: String, to newPath: String) throws(FileError) {
        try step("link", path)
        try files.link(path, to: newPath)
    }

    func remove(_ path: String) throws(FileError) {
        try step("unlink", path)
        try files.remove(path)
    }

    func list(_ directory: String) throws(FileError) -> [String] { try files.list(directory) }

    func addDirectory(_ path: String) throws(FileError) {
        try step("mkdir", path)
        try files.addDirectory(path)
    }

    func syncName(ofDirectory path: String) throws(FileError) {
        try step("fsync", path)
        try files.syncName(ofDirectory: path)
    }

    func removeDirectory(_ path: String) throws(FileError) {
        try step("rmdir", path)
        try files.removeDirectory(path)
    }

    func syncDirectory(_ path: String) throws(FileError) {
        try step("fsync", path)
        try files.syncDirectory(path)
    }

    func lock(_ path: String) throws(FileError) -> (any FileLock)? { try files.lock(path) }
}

private final class SteppingFile: File {
    private let file: any File
    private let path: String
    private let system: SteppingFileSystem

    init(file: any File, path: String, system: SteppingFileSystem) {
        self.file = file
        self.path = path
        self.system = system
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        try file.read(into: bytes, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        try system.step("pwrite", path)
        try file.write(bytes, at: offset)
    }

    func dataSync() throws(FileError) {
        try system.step("fdatasync", path)
        try file.dataSync()
    }

    func sync() throws(FileError) {
        try system.step("fsync", path)
        try file.sync()
    }

    func truncate(to size: Int64) throws(FileError) {
        try system.step("ftruncate", path)
        try file.truncate(to: size)
    }

    func size() throws(FileError) -> Int64 { try file.size() }
    func linkCount() throws(FileError) -> Int { try file.linkCount() }
}
