import NIOCore
import Synchronization
import WeirLog
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Something that is wrong on purpose: with each of them the oracle must find something, else it would find nothing in a log
/// that is wrong in this way.
package enum Defect: String, CaseIterable, Sendable {
    // Disks that do not do what is assumed of them. A log that forgot to ask would look the same.
    /// Acknowledged before it was synced.
    case syncDoesNothing
    case directorySyncDoesNothing
    /// A failed sync is passed over as if nothing had happened.
    case failedSyncIsIgnored
    /// What a failed write left is not cut off, and its index is used again over it.
    case truncationDoesNothing
    case writeEndsEarly
    case writingDamagesTheSector
    /// After a large group commit, behind which no zeros are, the new size of the file is not made durable.
    case sizeOfLargeCommitsIsNotSynced
    /// A log that was not closed and may have lost something goes on as if it had not.
    case markOfUnsyncedIsNotSeen

    // Logs that pack segments as they should not.
    /// The packed file takes the segment's place before it is synced.
    case packedFileIsNotSynced
    case removesTheSegmentBeforeItIsPacked

    /// A log that writes zeros over what a block held before its new frames.
    case forgetsWhatTheBlockHeld
    /// After a direct write that failed, the durable bytes that it was to write once more are left as the disk has them.
    case leavesADamagedBlock

    /// A log that takes the name of a folder that is there already for durable.
    case trustsAFolderThatIsThere

    // Logs that sync later than they should.
    case neverSyncsLater
    /// An append puts off the sync of those before it.
    case appendsPutOffTheSync

    // Logs that answer something else than they did.
    case acknowledgesWhatItDidNotWrite
    case refusesWhatItWrote
    case givesAnIndexTwice
    case readLeavesOneOut
    case readAnswersTwice
    case readChangesBytes
    case readOfAnotherLane
    case lookupIsLate
    case saysAtTipTooEarly

    /// What an operation of the disk comes to.
    func distort(_ verdict: MemoryDisk.Verdict, of operation: MemoryDisk.Operation) -> MemoryDisk.Verdict {
        switch (self, operation.kind, verdict) {
        case (.syncDoesNothing, .dataSync, .proceed), (.syncDoesNothing, .sync, .proceed),
            (.directorySyncDoesNothing, .syncDirectory, .proceed), (.truncationDoesNothing, .truncate, .proceed):
            .pretend()
        case (.failedSyncIsIgnored, .dataSync, .fail(_, 1)), (.failedSyncIsIgnored, .sync, .fail(_, 1)):
            .pretend(arrived: 1)
        case (.writeEndsEarly, .write, .proceed) where operation.count % 5 == 0:
            .pretend(arrived: operation.count / 2)
        case (.packedFileIsNotSynced, .sync, .proceed) where operation.path.hasSuffix(".packing"): .pretend()
        case (.markOfUnsyncedIsNotSeen, .open, .proceed) where operation.path.hasSuffix("/UNSYNCED"): .fail(ENOENT)
        default: verdict
        }
    }
}

extension MemoryDisk.Verdict {
    /// As if a sync that is to succeed were one that leaves the size of the file.
    func leavingSize(of operation: MemoryDisk.Operation) -> Self {
        guard operation.kind == .dataSync, case .proceed = self else { return self }
        return .leaveSize
    }
}

/// A disk under a log that does some things otherwise than the one it is made of, and the rest as that does.
protocol DefectiveDisk: FileSystem {
    var disk: MemoryDisk { get }
}

extension DefectiveDisk {
    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File { try disk.open(path, mode) }
    func rename(_ path: String, to newPath: String) throws(FileError) { try disk.rename(path, to: newPath) }
    func link(_ path: String, to newPath: String) throws(FileError) { try disk.link(path, to: newPath) }
    func remove(_ path: String) throws(FileError) { try disk.remove(path) }
    func list(_ directory: String) throws(FileError) -> [String] { try disk.list(directory) }
    func addDirectory(_ path: String) throws(FileError) { try disk.addDirectory(path) }
    func syncName(ofDirectory path: String) throws(FileError) { try disk.syncName(ofDirectory: path) }
    func removeDirectory(_ path: String) throws(FileError) { try disk.removeDirectory(path) }
    func syncDirectory(_ path: String) throws(FileError) { try disk.syncDirectory(path) }
    func lock(_ path: String) throws(FileError) -> (any FileLock)? { try disk.lock(path) }

    func openDirect(_ path: String, of file: any File) throws(FileError) -> (any DirectFile)? {
        try disk.openDirect(path, of: file)
    }
}

/// A disk under a log that removes a segment, durably, and then gives its name to the packed file.
struct DiskOfHaste: DefectiveDisk {
    let disk: MemoryDisk

    func rename(_ path: String, to newPath: String) throws(FileError) {
        if path.hasSuffix(".packing") {
            try disk.remove(newPath)
            try disk.syncDirectory(parentDirectory(of: newPath))
        }
        try disk.rename(path, to: newPath)
    }
}

/// A disk under a log that knows nothing of what its last block holds when it writes directly.
struct DiskOfOblivion: DefectiveDisk {
    let disk: MemoryDisk

    func openDirect(_ path: String, of file: any File) throws(FileError) -> (any DirectFile)? {
        guard let output = try disk.openDirect(path, of: file) else { return nil }
        return Oblivious(output: output, file: try disk.open(path, .read))
    }

    private final class Oblivious: DirectFile {
        let alignment: Int
        private let output: any DirectFile
        private let file: any File

        init(output: any DirectFile, file: any File) {
            alignment = output.alignment
            self.output = output
            self.file = file
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
            var held = ByteBuffer()
            _ = try file.read(alignment, at: offset, into: &held)
            let same = zip(bytes, held.readableBytesView).prefix { $0 == $1 }.count
            let blocks = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: alignment)
            defer { blocks.deallocate() }
            blocks.copyMemory(from: bytes)
            for place in 0..<same { blocks[place] = 0 }
            try output.write(UnsafeRawBufferPointer(blocks), at: offset)
        }
    }
}

/// A disk under a log that makes the name of a folder durable only when it has just made the folder.
struct DiskOfTrust: DefectiveDisk {
    let disk: MemoryDisk
    private let found = FoundFolders()

    init(disk: MemoryDisk) { self.disk = disk }

    func addDirectory(_ path: String) throws(FileError) {
        do throws(FileError) {
            try disk.addDirectory(path)
        } catch {
            if error.isAlreadyThere { found.paths.withLock { _ = $0.insert(path) } }
            throw error
        }
    }

    func syncName(ofDirectory path: String) throws(FileError) {
        if found.paths.withLock({ $0.remove(path) }) == nil { try disk.syncName(ofDirectory: path) }
    }

    private final class FoundFolders: Sendable {
        let paths = Mutex<Set<String>>([])
    }
}

/// A log as the history sees it: with a defect, if there is to be one.
struct LogPort: Sendable {
    let log: Log
    let defect: Defect?
    /// Puts off what the log does later.
    let postpone: @Sendable () -> Void

    func append(_ entries: [NewLogEntry]) async throws(LogError) -> UInt64 {
        if defect == .acknowledgesWhatItDidNotWrite, entries.count == 3 { return log.nextIndex }
        if defect == .appendsPutOffTheSync { postpone() }
        // As a store does it: what the payloads begin with is one buffer for all.
        var prefixes = ByteBuffer()
        let split = entries.map { entry in
            var entry = entry
            entry.prefixSize = entry.payload.readableBytes / 3
            if var prefix = entry.payload.readSlice(length: entry.prefixSize) { prefixes.writeBuffer(&prefix) }
            return entry
        }
        let first = try await log.append(split, prefixes: prefixes)
        switch defect {
        case .givesAnIndexTwice where first % 4 == 0: return first - 1
        case .refusesWhatItWrote where first % 4 == 0: throw LogError(.noSpace, "it is there all the same")
        default: return first
        }
    }

    func read(
        lane: UInt32,
        from index: UInt64,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(LogError) -> LaneRead {
        let asked = defect == .readOfAnotherLane && index > 0 ? lane ^ 1 : lane
        let read = try await log.read(
            lane: asked,
            from: index,
            maximumCount: maximumCount,
            maximumBytes: maximumBytes
        )
        var entries = Array(read.entries)
        switch defect {
        case .readLeavesOneOut where entries.count == 3: entries.remove(at: 1)
        case .readAnswersTwice where entries.count == 3: entries.append(entries[1])
        case .readChangesBytes where entries.count == 3:
            entries[2].payload.setInteger(UInt8(77), at: entries[2].payload.writerIndex - 1)
        case .saysAtTipTooEarly where entries.count == 2:
            return LaneRead(entries: LogEntries(entries), nextIndex: read.nextIndex, isAtTip: true)
        default: break
        }
        return LaneRead(entries: LogEntries(entries), nextIndex: read.nextIndex, isAtTip: read.isAtTip)
    }

    func firstIndex(lane: UInt32, atOrAfter timestamp: Int64) async throws(LogError) -> UInt64 {
        let index = try await log.firstIndex(lane: lane, atOrAfter: timestamp)
        return defect == .lookupIsLate ? index + 1 : index
    }
}
