import Synchronization
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A disk in memory that fails on request, and that forgets on a crash what was not synced.
///
/// A crash keeps of every unsynced write any of its 512-byte sectors, and of unsynced names any.
final class MemoryDisk: FileSystem {
    /// What goes wrong. Each of the operations counts down; at zero it fails, and does so until the count is cleared.
    struct Faults: Sendable {
        /// Writes that still succeed.
        var writes: Int?
        /// Syncs of files and folders that still succeed.
        var syncs: Int?
        /// Truncations that still succeed.
        var truncations: Int?
        /// Any operations that still succeed; afterwards the power is off.
        var operations: Int?
        /// The error number of a failed write.
        var writeError = ENOSPC
        /// Bytes of a failing write that arrive.
        var bytesOfFailedWrite = 0
    }

    /// The content of a file, however it is named.
    fileprivate struct Content {
        var bytes: [UInt8] = []
        var durable: [UInt8] = []
        var unsynced: [Change] = []
    }

    fileprivate enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(Int)

        func apply(to bytes: inout [UInt8]) {
            switch self {
            case .truncate(let size): bytes.resize(size)
            case .write(let offset, let written):
                if bytes.count < offset + written.count { bytes.resize(offset + written.count) }
                bytes.replaceSubrange(offset..<offset + written.count, with: written)
            }
        }
    }

    fileprivate struct State {
        var contents: [Int: Content] = [:]
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        var faults = Faults()
        var onOpen: (@Sendable (String) -> Void)?
        var onRename: (@Sendable (String) -> Int32?)?
        var syncCount = 0
        var readBytes = 0
        var lastContent = 0
    }

    fileprivate let state = Mutex(State())
    private let syncHook = Mutex<(@Sendable () -> Void)?>(nil)

    // MARK: For tests

    /// The error number with which a file is not renamed.
    var onRename: (@Sendable (String) -> Int32?)? {
        get { state.withLock { $0.onRename } }
        set { state.withLock { $0.onRename = newValue } }
    }

    /// Called before a file is opened, on the thread that opens it.
    var onOpen: (@Sendable (String) -> Void)? {
        get { state.withLock { $0.onOpen } }
        set { state.withLock { $0.onOpen = newValue } }
    }

    /// What goes wrong from now on.
    var faults: Faults {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }

    /// Called at the start of each sync of a file; it may block.
    func onSync(_ hook: (@Sendable () -> Void)?) { syncHook.withLock { $0 = hook } }

    /// Syncs of files that succeeded.
    var syncCount: Int { state.withLock { $0.syncCount } }

    /// Bytes read from files.
    var readBytes: Int { state.withLock { $0.readBytes } }

    /// The content of a file, as a reader sees it.
    subscript(path: String) -> [UInt8] {
        get { state.withLock { state in state.names[path].flatMap { state.contents[$0]?.bytes } ?? [] } }
        set {
            state.withLock { state in
                state.lastContent += 1
                state.contents[state.lastContent] = Content(bytes: newValue, durable: newValue)
                state.names[path] = state.lastContent
                state.durableNames[path] = state.lastContent
            }
        }
    }

    /// The names of all files.
    var paths: [String] { state.withLock { $0.names.keys.sorted() } }

    /// Switches the power off and on. Handles that were open must not be used again.
    func crash(using random: inout some RandomNumberGenerator) {
        state.withLock { state in
            state.faults = Faults()
            for path in Set(state.names.keys).union(state.durableNames.keys).sorted()
            where state.names[path] != state.durableNames[path] {
                if Bool.random(using: &random) { state.names[path] = state.durableNames[path] }
            }
            state.durableNames = state.names
            for id in state.contents.keys.sorted() {
                var content = state.contents[id]!
                for change in content.unsynced {
                    change.applyTorn(to: &content.durable, using: &random)
                }
                state.contents[id] = Content(bytes: content.durable, durable: content.durable)
            }
        }
    }

    // MARK: FileSystem

    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        onOpen?(path)
        return try operate("open", path) { state -> DiskResult<any File> in
            if case .create = mode {
                if let id = state.names[path] {
                    state.change(id, .truncate(0))
                } else {
                    state.lastContent += 1
                    state.contents[state.lastContent] = Content()
                    state.names[path] = state.lastContent
                }
            }
            return state.names[path].map { .success(MemoryFile(disk: self, id: $0, path: path)) } ?? .failure(ENOENT)
        }
    }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        try operate("rename", path) { state -> DiskResult<Void> in
            if let code = state.onRename?(path) { return .failure(code) }
            guard let id = state.names.removeValue(forKey: path) else { return .failure(ENOENT) }
            state.names[newPath] = id
            return .success(())
        }
    }

    func remove(_ path: String) throws(FileError) {
        try operate("unlink", path) { state in
            state.names.removeValue(forKey: path) == nil ? .failure(ENOENT) : .success(())
        }
    }

    func list(_ directory: String) throws(FileError) -> [String] {
        try operate("opendir", directory) { state in
            .success(
                state.names.keys.filter { $0.hasPrefix("\(directory)/") }.map {
                    String($0.dropFirst(directory.count + 1))
                }
                .sorted()
            )
        }
    }

    func makeDirectory(_ path: String) throws(FileError) { try operate("mkdir", path) { _ in .success(()) } }

    func removeDirectory(_ path: String) throws(FileError) { try operate("rmdir", path) { _ in .success(()) } }

    func syncDirectory(_ path: String) throws(FileError) {
        try operate("fsync", path) { state -> DiskResult<Void> in
            if State.countDown(&state.faults.syncs) { return .failure(EIO) }
            state.durableNames = state.durableNames.filter { !$0.key.hasPrefix("\(path)/") }
            for (name, id) in state.names where name.hasPrefix("\(path)/") { state.durableNames[name] = id }
            return .success(())
        }
    }

    func lock(_ path: String) throws(FileError) -> (any FileLock)? {
        throw FileError(operation: "flock", path: path, code: ENOTSUP)
    }

    fileprivate func willSync() { syncHook.withLock { $0 }?() }

    fileprivate func operate<Value>(
        _ operation: String,
        _ path: String,
        _ body: (inout State) -> DiskResult<Value>
    ) throws(FileError) -> Value {
        let result = state.withLock { state -> DiskResult<Value> in
            if State.countDown(&state.faults.operations) { return .failure(EIO) }
            return body(&state)
        }
        switch result {
        case .success(let value): return value
        case .failure(let code): throw FileError(operation: operation, path: path, code: code)
        }
    }
}

private enum DiskResult<Value> {
    case success(Value)
    case failure(Int32)
}

extension DiskResult: Sendable where Value: Sendable {}

extension MemoryDisk.State {
    /// Whether the operation fails.
    fileprivate static func countDown(_ count: inout Int?) -> Bool {
        guard let left = count else { return false }
        count = max(0, left - 1)
        return left == 0
    }

    fileprivate mutating func change(_ id: Int, _ change: MemoryDisk.Change) {
        change.apply(to: &contents[id]!.bytes)
        contents[id]!.unsynced.append(change)
    }
}

extension MemoryDisk.Change {
    /// Applies some sectors of a write, or all or nothing of a truncation.
    fileprivate func applyTorn(to bytes: inout [UInt8], using random: inout some RandomNumberGenerator) {
        guard case .write(let offset, let written) = self else {
            if Bool.random(using: &random) { apply(to: &bytes) }
            return
        }
        var start = 0
        while start < written.count {
            let end = min(written.count, ((offset + start) / 512 + 1) * 512 - offset)
            if Bool.random(using: &random) {
                Self.write(offset: offset + start, bytes: Array(written[start..<end])).apply(to: &bytes)
            }
            start = end
        }
    }
}

extension [UInt8] {
    fileprivate mutating func resize(_ size: Int) {
        if size < count { removeLast(count - size) } else { append(contentsOf: repeatElement(0, count: size - count)) }
    }
}

/// An open file of a ``MemoryDisk``.
private final class MemoryFile: File {
    private let disk: MemoryDisk
    private let id: Int
    private let path: String

    init(disk: MemoryDisk, id: Int, path: String) {
        self.disk = disk
        self.id = id
        self.path = path
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        let read = try disk.operate("pread", path) { state -> DiskResult<[UInt8]> in
            let content = state.contents[id]!.bytes
            let start = Swift.min(Int(offset), content.count)
            let end = Swift.min(start + bytes.count, content.count)
            state.readBytes += end - start
            return .success(Array(content[start..<end]))
        }
        bytes.copyBytes(from: read)
        return read.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        let bytes = Array(bytes)
        try disk.operate("pwrite", path) { state -> DiskResult<Void> in
            if MemoryDisk.State.countDown(&state.faults.writes) {
                let part = Array(bytes.prefix(state.faults.bytesOfFailedWrite))
                state.change(id, .write(offset: Int(offset), bytes: part))
                return .failure(state.faults.writeError)
            }
            state.change(id, .write(offset: Int(offset), bytes: bytes))
            return .success(())
        }
    }

    func dataSync() throws(FileError) {
        disk.willSync()
        try disk.operate("fdatasync", path) { state -> DiskResult<Void> in
            if MemoryDisk.State.countDown(&state.faults.syncs) { return .failure(EIO) }
            state.syncCount += 1
            state.contents[id]!.durable = state.contents[id]!.bytes
            state.contents[id]!.unsynced = []
            return .success(())
        }
    }

    func sync() throws(FileError) { try dataSync() }

    func truncate(to size: Int64) throws(FileError) {
        try disk.operate("ftruncate", path) { state -> DiskResult<Void> in
            if MemoryDisk.State.countDown(&state.faults.truncations) { return .failure(EIO) }
            state.change(id, .truncate(Int(size)))
            return .success(())
        }
    }

    func linkCount() throws(FileError) -> Int {
        try disk.operate("fstat", path) { state in .success(state.names.values.count { $0 == id }) }
    }

    func size() throws(FileError) -> Int64 {
        try disk.operate("fstat", path) { state in .success(Int64(state.contents[id]!.bytes.count)) }
    }
}
