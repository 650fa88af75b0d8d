import Synchronization
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A disk in memory that fails on request, and that forgets at a power loss what was not synced.
///
/// A power loss keeps of every unsynced write any of its sectors, and of unsynced names, those of folders too, any. After a sync that failed, a reader
/// sees what was written, but any of it may not be on the disk, and a later sync does not bring it there.
package final class MemoryDisk: FileSystem {
    /// What goes wrong. Each of the operations counts down; at zero it fails, and does so until the count is cleared.
    package struct Faults: Sendable {
        /// Writes that still succeed.
        package var writes: Int?
        /// Syncs of files and folders that still succeed.
        package var syncs: Int?
        /// Truncations that still succeed.
        package var truncations: Int?
        /// Any operations that still succeed; afterwards the power is off.
        package var operations: Int?
        /// The error number of a failed write.
        package var writeError: Int32
        /// Bytes of a failing write that arrive.
        package var bytesOfFailedWrite: Int

        package init(
            writes: Int? = nil,
            syncs: Int? = nil,
            truncations: Int? = nil,
            operations: Int? = nil,
            writeError: Int32 = ENOSPC,
            bytesOfFailedWrite: Int = 0
        ) {
            self.writes = writes
            self.syncs = syncs
            self.truncations = truncations
            self.operations = operations
            self.writeError = writeError
            self.bytesOfFailedWrite = bytesOfFailedWrite
        }
    }

    /// An operation that is about to be performed.
    package struct Operation: Sendable {
        package enum Kind: UInt64, Sendable {
            case open, create, read, write, dataSync, sync, truncate, size, rename, remove, list, syncDirectory
            case makeDirectory, removeDirectory, link, directWrite
        }

        package var kind: Kind
        package var path: String
        package var offset = 0
        package var count = 0
        /// What a file that is renamed was called.
        package var oldPath: String?
        /// Whether a write reaches past the end of the file, and is not of zeros.
        package var grows = false

        /// Whether it writes, by the page cache or around it.
        package var isWrite: Bool { kind == .write || kind == .directWrite }
    }

    /// What becomes of it.
    package enum Verdict: Sendable {
        case proceed
        /// Fails with an error number. Of a write, so many bytes arrive; a sync that is to try and fail has 1.
        case fail(Int32, arrived: Int = 0)
        /// As ``fail(_:arrived:)``, of a write, and the sector at which it ended holds something else than it did before.
        case failAndDamage(Int32, arrived: Int)
        /// Reports success all the same, as a disk that lies. The number is that of a failure.
        case pretend(arrived: Int = 0)
        /// Of a sync, reports success, and of a file that grew only what is within its size before is on the disk.
        case leaveSize
    }

    struct State {
        var contents: [Int: DiskContent] = [:]
        var names = DiskNames()
        var durableNames = DiskNames()
        var nameChanges: [NameChange] = []
        var faults = Faults()
        var tearing = DiskTearing()
        var judge: (@Sendable (Operation) -> Verdict)?
        var onOpen: (@Sendable (String) -> Void)?
        var random = SeededRandom(seed: 0)
        var syncCount = 0
        var readBytes = 0
        var lastContent = 0
        var directAlignment: Int?
        var misalignedCount = 0
        var directWriteCount = 0
    }

    private let state = Mutex(State())
    private let syncHook = Mutex<(@Sendable () -> Void)?>(nil)

    package init() {}

    // MARK: For tests

    /// Called before a file is opened, on the thread that opens it.
    package var onOpen: (@Sendable (String) -> Void)? {
        get { state.withLock { $0.onOpen } }
        set { state.withLock { $0.onOpen = newValue } }
    }

    /// What goes wrong from now on.
    package var faults: Faults {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }

    /// Decides of each operation what becomes of it.
    package var judge: (@Sendable (Operation) -> Verdict)? {
        get { state.withLock { $0.judge } }
        set { state.withLock { $0.judge = newValue } }
    }

    /// What a power loss leaves of writes.
    package var tearing: DiskTearing {
        get { state.withLock { $0.tearing } }
        set { state.withLock { $0.tearing = newValue } }
    }

    /// Where chance begins, for what a failed sync leaves.
    package func seed(_ seed: UInt64) { state.withLock { $0.random = SeededRandom(seed: seed) } }

    /// What direct writes must be multiples of, a power of two; nil when there are none.
    package var directAlignment: Int? {
        get { state.withLock { $0.directAlignment } }
        set { state.withLock { $0.directAlignment = newValue } }
    }

    /// Direct writes that were refused since they were not aligned.
    package var misalignedCount: Int { state.withLock { $0.misalignedCount } }

    /// Direct writes that were tried.
    package var directWriteCount: Int { state.withLock { $0.directWriteCount } }

    /// Called at the start of each sync of a file; it may block.
    package func onSync(_ hook: (@Sendable () -> Void)?) { syncHook.withLock { $0 = hook } }

    /// Syncs of files that succeeded.
    package var syncCount: Int { state.withLock { $0.syncCount } }

    /// Bytes read from files.
    package var readBytes: Int { state.withLock { $0.readBytes } }

    /// The content of a file, as a reader sees it.
    package subscript(path: String) -> [UInt8] {
        get { state.withLock { state in state.names.files[path].flatMap { state.contents[$0]?.bytes } ?? [] } }
        set {
            state.withLock { state in
                state.lastContent += 1
                state.contents[state.lastContent] = DiskContent(bytes: newValue, durable: newValue)
                state.names.put(path, state.lastContent)
                state.durableNames.put(path, state.lastContent)
            }
        }
    }

    /// Whether there is a folder of that name.
    package func hasDirectory(_ path: String) -> Bool { state.withLock { $0.names.folders.contains(path) } }

    /// Makes a folder and those above it, durably.
    package func putDirectory(_ path: String) {
        state.withLock { state in
            state.names.putFolder(path)
            state.durableNames.putFolder(path)
        }
    }

    /// What is left if the power goes now and takes everything that was not synced.
    package var synced: SyncedFiles {
        state.withLock { state in
            var names = state.durableNames
            names.loseWhatIsInNoFolder()
            let contents = names.files.mapValues { state.contents[$0]?.durable ?? [] }
            return SyncedFiles(folders: names.folders.sorted(), contents: contents)
        }
    }

    /// The names of all files.
    package var paths: [String] { state.withLock { $0.names.files.keys.sorted() } }

    /// Switches the power off and on. Handles that were open must not be used again.
    package func crash(using random: inout SeededRandom) {
        state.withLock { state in
            state.faults = Faults()
            for change in state.nameChanges where random.once(in: 2) { change.apply(to: &state.durableNames) }
            state.loseUnsyncedNames()
            for id in state.contents.keys.sorted() {
                let (tearing, old) = (state.tearing, state.neighbour(of: id))
                state.contents[id]?.losePower(tearing, old: old, &random)
            }
        }
    }

    /// Switches the power off and on, and nothing is left of what was not synced.
    package func loseAllUnsynced() {
        state.withLock { state in
            state.faults = Faults()
            state.loseUnsyncedNames()
            for id in state.contents.keys { state.contents[id]?.loseAllUnsynced() }
        }
    }

    /// The process ends and the machine goes on: nothing is lost, unless a sync had failed. Handles that were open must not be
    /// used again.
    package func endProcess(using random: inout SeededRandom) {
        state.withLock { state in
            state.faults = Faults()
            for id in state.contents.keys.sorted() where random.once(in: 2) { state.contents[id]?.evict() }
        }
    }

    // MARK: FileSystem

    package func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        onOpen?(path)
        var kind = Operation.Kind.open
        if case .create = mode { kind = .create }
        let id = try perform(Operation(kind: kind, path: path), name: "open") { state, _ -> DiskResult<Int> in
            if kind == .create {
                if let id = state.names.files[path] {
                    state.contents[id]?.change(.truncate(0))
                } else {
                    guard state.names.mayHold(path) else { return .failure(ENOENT) }
                    state.lastContent += 1
                    state.contents[state.lastContent] = DiskContent()
                    state.change(.link(path, state.lastContent))
                }
            }
            return state.names.files[path].map { .success($0) } ?? .failure(ENOENT)
        }
        return MemoryFile(disk: self, id: id, path: path)
    }

    package func openDirect(_ path: String, of file: any File) throws(FileError) -> (any DirectFile)? {
        guard let alignment = directAlignment else { return nil }
        let id = try perform(Operation(kind: .open, path: path), name: "open") { state, _ -> DiskResult<Int> in
            state.names.files[path].map { .success($0) } ?? .failure(ENOENT)
        }
        guard (file as? MemoryFile)?.id == id else { return nil }
        return MemoryDirectFile(MemoryFile(disk: self, id: id, path: path), alignment: alignment, disk: self)
    }

    fileprivate func countDirectWrite(isAligned: Bool) {
        state.withLock { state in
            state.directWriteCount += 1
            if !isAligned { state.misalignedCount += 1 }
        }
    }

    package func rename(_ path: String, to newPath: String) throws(FileError) {
        var operation = Operation(kind: .rename, path: newPath)
        operation.oldPath = path
        try perform(operation, name: "rename") { state, isPretended -> DiskResult<Void> in
            guard let id = state.names.files[path], state.names.mayHold(newPath) else { return .failure(ENOENT) }
            if !isPretended { state.change(.rename(path, to: newPath, id)) }
            return .success(())
        }
    }

    package func link(_ path: String, to newPath: String) throws(FileError) {
        try perform(Operation(kind: .link, path: newPath), name: "link") { state, isPretended -> DiskResult<Void> in
            guard let id = state.names.files[path], state.names.mayHold(newPath) else { return .failure(ENOENT) }
            guard state.names.files[newPath] == nil else { return .failure(EEXIST) }
            if !isPretended { state.change(.link(newPath, id)) }
            return .success(())
        }
    }

    package func remove(_ path: String) throws(FileError) {
        try perform(Operation(kind: .remove, path: path), name: "unlink") { state, isPretended -> DiskResult<Void> in
            guard state.names.files[path] != nil else { return .failure(ENOENT) }
            if !isPretended { state.change(.unlink(path)) }
            return .success(())
        }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        try perform(Operation(kind: .list, path: directory), name: "opendir") { state, _ in
            state.names.folders.contains(directory) ? .success(state.names.inFolder(directory)) : .failure(ENOENT)
        }
    }

    package func addDirectory(_ path: String) throws(FileError) {
        try perform(Operation(kind: .makeDirectory, path: path), name: "mkdir") {
            state,
            isPretended -> DiskResult<Void> in
            if state.names.contains(path) { return .failure(EEXIST) }
            guard state.names.mayHold(path) else { return .failure(ENOENT) }
            if !isPretended { state.change(.makeFolder(path)) }
            return .success(())
        }
    }

    package func syncName(ofDirectory path: String) throws(FileError) {
        guard hasDirectory(path) else { throw FileError(operation: "open", path: path, code: ENOENT) }
        try syncDirectory(parentDirectory(of: path))
    }

    package func removeDirectory(_ path: String) throws(FileError) {
        try perform(Operation(kind: .removeDirectory, path: path), name: "rmdir") {
            state,
            isPretended -> DiskResult<Void> in
            guard state.names.folders.contains(path) else { return .failure(ENOENT) }
            guard state.names.inFolder(path).isEmpty else { return .failure(ENOTEMPTY) }
            if !isPretended { state.change(.removeFolder(path)) }
            return .success(())
        }
    }

    package func syncDirectory(_ path: String) throws(FileError) {
        try perform(Operation(kind: .syncDirectory, path: path), name: "fsync") {
            state,
            isPretended -> DiskResult<Void> in
            if State.countDown(&state.faults.syncs) { return .failure(EIO) }
            if isPretended { return .success(()) }
            for change in state.nameChanges where change.isIn(path) { change.apply(to: &state.durableNames) }
            state.nameChanges.removeAll { $0.isIn(path) }
            return .success(())
        }
    }

    package func lock(_ path: String) throws(FileError) -> (any FileLock)? {
        throw FileError(operation: "flock", path: path, code: ENOTSUP)
    }

    /// What a file is called that was opened by a name: another one, when it has no longer that.
    fileprivate func path(of id: Int, openedAs path: String) -> String {
        state.withLock { state in
            let names = state.names.files
            return names[path] == id ? path : names.filter { $0.value == id }.keys.min() ?? path
        }
    }

    /// How large a file is, as a reader sees it.
    fileprivate func size(of id: Int) -> Int { state.withLock { $0.contents[id]?.bytes.count ?? 0 } }

    fileprivate func willSync() { syncHook.withLock { $0 }?() }

    /// Performs an operation, unless the judge or the counts let it fail. What only seems to happen is told to `body`.
    fileprivate func perform<Value: Sendable>(
        _ operation: Operation,
        name: String,
        onFailure: (inout State, Int) -> Void = { _, _ in },
        onDamage: (inout State, Int) -> Void = { _, _ in },
        _ body: (inout State, _ isPretended: Bool) -> DiskResult<Value>
    ) throws(FileError) -> Value {
        let verdict = judge?(operation) ?? .proceed
        let result = state.withLock { state -> DiskResult<Value> in
            if State.countDown(&state.faults.operations) { return .failure(EIO) }
            switch verdict {
            case .proceed: return body(&state, false)
            case .pretend(let arrived):
                onFailure(&state, arrived)
                return body(&state, true)
            case .fail(let code, let arrived):
                onFailure(&state, arrived)
                return .failure(code)
            case .failAndDamage(let code, let arrived):
                onFailure(&state, arrived)
                onDamage(&state, arrived)
                return .failure(code)
            case .leaveSize:
                onDamage(&state, 0)
                return body(&state, true)
            }
        }
        switch result {
        case .success(let value): return value
        case .failure(let code): throw FileError(operation: name, path: operation.path, code: code)
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

    /// What another file holds.
    fileprivate func neighbour(of id: Int) -> [UInt8] { contents[id - 1]?.durable ?? [] }

    fileprivate mutating func loseUnsyncedNames() {
        nameChanges = []
        durableNames.loseWhatIsInNoFolder()
        names = durableNames
    }

    fileprivate mutating func change(_ change: NameChange) {
        change.apply(to: &names)
        nameChanges.append(change)
    }
}

/// An open file of a ``MemoryDisk``.
private final class MemoryFile: File {
    private let disk: MemoryDisk
    fileprivate let id: Int
    private let openedPath: String

    init(disk: MemoryDisk, id: Int, path: String) {
        self.disk = disk
        self.id = id
        openedPath = path
    }

    /// What the file is called now.
    var path: String { disk.path(of: id, openedAs: openedPath) }

    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        let id = id
        let operation = MemoryDisk.Operation(kind: .read, path: path, offset: Int(offset), count: bytes.count)
        let read = try disk.perform(operation, name: "pread") { state, _ -> DiskResult<ArraySlice<UInt8>> in
            let content = state.contents[id]?.bytes ?? []
            let start = Swift.min(operation.offset, content.count)
            let end = Swift.min(start + operation.count, content.count)
            state.readBytes += end - start
            return .success(content[start..<end])
        }
        read.withUnsafeBytes { bytes.copyMemory(from: $0) }
        return read.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        try write(bytes, at: offset, kind: .write)
    }

    func write(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int64,
        kind: MemoryDisk.Operation.Kind
    ) throws(FileError) {
        let id = id
        let bytes = Array(bytes)
        var operation = MemoryDisk.Operation(kind: kind, path: path, offset: Int(offset), count: bytes.count)
        operation.grows = Int(offset) + bytes.count > disk.size(of: id) && !bytes.areZeros
        let arrive: (inout MemoryDisk.State, Int) -> Void = { state, count in
            state.contents[id]?.change(.write(offset: Int(offset), bytes: Array(bytes.prefix(count))))
        }
        let damage: (inout MemoryDisk.State, Int) -> Void = { state, count in
            state.contents[id]?.damageSector(at: Int(offset) + count)
        }
        try disk.perform(operation, name: "pwrite", onFailure: arrive, onDamage: damage) {
            state,
            isPretended -> DiskResult<Void> in
            if MemoryDisk.State.countDown(&state.faults.writes) {
                arrive(&state, state.faults.bytesOfFailedWrite)
                return .failure(state.faults.writeError)
            }
            if !isPretended { state.contents[id]?.change(.write(offset: Int(offset), bytes: bytes)) }
            return .success(())
        }
    }

    func dataSync() throws(FileError) { try sync(.dataSync, name: "fdatasync") }

    func sync() throws(FileError) { try sync(.sync, name: "fsync") }

    private func sync(_ kind: MemoryDisk.Operation.Kind, name: String) throws(FileError) {
        let id = id
        disk.willSync()
        let operation = MemoryDisk.Operation(kind: kind, path: path)
        let fail: (inout MemoryDisk.State) -> Void = { state in
            let (tearing, old) = (state.tearing, state.neighbour(of: id))
            state.contents[id]?.failSync(tearing, old: old, &state.random)
        }
        // Nothing was tried when the power is off, or when the disk only says so.
        let onFailure: (inout MemoryDisk.State, Int) -> Void = { state, tried in if tried > 0 { fail(&state) } }
        let leaveSize: (inout MemoryDisk.State, Int) -> Void = { state, _ in state.contents[id]?.syncWithinSize() }
        try disk.perform(operation, name: name, onFailure: onFailure, onDamage: leaveSize) {
            state,
            isPretended -> DiskResult<Void> in
            if isPretended { return .success(()) }
            if MemoryDisk.State.countDown(&state.faults.syncs) {
                fail(&state)
                return .failure(EIO)
            }
            state.syncCount += 1
            state.contents[id]?.sync()
            return .success(())
        }
    }

    func truncate(to size: Int64) throws(FileError) {
        let id = id
        let operation = MemoryDisk.Operation(kind: .truncate, path: path, offset: Int(size))
        try disk.perform(operation, name: "ftruncate") { state, isPretended -> DiskResult<Void> in
            if MemoryDisk.State.countDown(&state.faults.truncations) { return .failure(EIO) }
            if !isPretended { state.contents[id]?.change(.truncate(Int(size))) }
            return .success(())
        }
    }

    func linkCount() throws(FileError) -> Int {
        let id = id
        return try disk.perform(MemoryDisk.Operation(kind: .size, path: path), name: "fstat") { state, _ in
            .success(state.names.files.values.count { $0 == id })
        }
    }

    func size() throws(FileError) -> Int64 {
        let id = id
        return try disk.perform(MemoryDisk.Operation(kind: .size, path: path), name: "fstat") { state, _ in
            .success(Int64(state.contents[id]?.bytes.count ?? 0))
        }
    }
}

extension [UInt8] {
    fileprivate var areZeros: Bool {
        // Each byte is the one before it, and the first is 0.
        withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return true }
            return bytes[0] == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
        }
    }
}

/// A file of a ``MemoryDisk``, open for direct writes.
private final class MemoryDirectFile: DirectFile {
    let alignment: Int
    private let file: MemoryFile
    private let disk: MemoryDisk

    init(_ file: MemoryFile, alignment: Int, disk: MemoryDisk) {
        self.file = file
        self.alignment = alignment
        self.disk = disk
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        let isAligned = [Int(offset), bytes.count, Int(bitPattern: bytes.baseAddress)].allSatisfy {
            $0 % alignment == 0
        }
        disk.countDirectWrite(isAligned: isAligned)
        if !isAligned { throw FileError(operation: "pwrite", path: file.path, code: EINVAL) }
        try file.write(bytes, at: offset, kind: .directWrite)
    }
}
