import Synchronization
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The operating system's files, whose writes fail while a test says so.
final class FaultyFileSystem: FileSystem {
    static let diskFull = ENOSPC
    static let inputOutputError = EIO

    private let files = SystemFileSystem()
    private let failure = Mutex<Int32?>(nil)

    /// The error number with which writes and new files fail; nil when they do not.
    func fail(with code: Int32?) { failure.withLock { $0 = code } }

    fileprivate func check(_ operation: String, _ path: String) throws(FileError) {
        if let code = failure.withLock({ $0 }) { throw FileError(operation: operation, path: path, code: code) }
    }

    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        if case .create = mode { try check("open", path) }
        return FaultyFile(file: try files.open(path, mode), path: path, system: self)
    }

    func rename(_ path: String, to newPath: String) throws(FileError) { try files.rename(path, to: newPath) }
    func remove(_ path: String) throws(FileError) { try files.remove(path) }
    func list(_ directory: String) throws(FileError) -> [String] { try files.list(directory) }
    func makeDirectory(_ path: String) throws(FileError) {
        try check("mkdir", path)
        try files.makeDirectory(path)
    }
    func removeDirectory(_ path: String) throws(FileError) { try files.removeDirectory(path) }
    func syncDirectory(_ path: String) throws(FileError) { try files.syncDirectory(path) }
    func lock(_ path: String) throws(FileError) -> (any FileLock)? { try files.lock(path) }
}

private final class FaultyFile: File {
    private let file: any File
    private let path: String
    private let system: FaultyFileSystem

    init(file: any File, path: String, system: FaultyFileSystem) {
        self.file = file
        self.path = path
        self.system = system
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        try file.read(into: bytes, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        try system.check("pwrite", path)
        try file.write(bytes, at: offset)
    }

    func dataSync() throws(FileError) { try file.dataSync() }
    func sync() throws(FileError) { try file.sync() }
    func truncate(to size: Int64) throws(FileError) { try file.truncate(to: size) }
    func size() throws(FileError) -> Int64 { try file.size() }
    func linkCount() throws(FileError) -> Int { try file.linkCount() }
}
