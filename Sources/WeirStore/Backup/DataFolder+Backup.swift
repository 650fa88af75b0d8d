import NIOPosix
import Synchronization
import WeirLog
import WeirModel
import WeirRuntime

/// What a backup holds.
public struct BackupReport: Hashable, Sendable {
    /// Streams of all regions.
    public var streamCount = 0
    /// Records in their logs, those included that have aged out and are not dropped yet.
    public var recordCount = 0
    /// Bytes of the logs and catalogues.
    public var byteCount: Int64 = 0

    /// An empty backup.
    public init() {}

    static func += (sum: inout Self, part: Self) {
        sum.streamCount += part.streamCount
        sum.recordCount += part.recordCount
        sum.byteCount += part.byteCount
    }
}

extension DataFolder {
    /// A stream of a backup, and how far its log goes in it.
    struct StreamCopy: Sendable {
        let live: LiveStream
        let point: Log.CopyPoint
    }

    /// A queue of a backup, and how far its log goes in it.
    struct QueueCopy: Sendable {
        let live: LiveQueue
        let hold: QueueJournal.Hold
        let point: Log.CopyPoint
    }

    /// What is to be copied beside the catalogue.
    struct BackupPlan: Sendable {
        var queues: [QueueCopy] = []
        /// The queues of the catalogue's copy that were deleted meanwhile.
        var goneQueues: [Int64] = []
        var copies: [StreamCopy] = []
        /// The streams of the catalogue's copy that were deleted meanwhile.
        var gone: [Int64] = []
        /// The streams whose logs may hold records of shards that the catalogue's copy lacks: it is of no use where there are any.
        var overtaken: [LiveStream] = []
    }

    /// Copies this folder into another while it is in use: the catalogue, then each log, then what fits the one to the
    /// others; the catalogue gets its name last. See `docs/BACKUP.md`.
    ///
    /// `threads` are for what blocks; it takes as long as reading and writing all records.
    func backUp(to path: String, fileSystem: any FileSystem, threads: NIOThreadPool) async throws -> BackupReport {
        if let damaged = queues.damaged.first {
            throw ServiceError(.serviceUnavailable, "The state of a queue is damaged: \(damaged.message)")
        }
        let names = DataFolderNames(path: path)
        try await threads.runIfActive { try fileSystem.makeDirectory(names.streams) }
        var held: [LiveStream] = []
        var plan = BackupPlan()
        repeat {
            // A stream that was resharded between the two is left alone by everybody the next time, so that there is an end to it.
            held = (held + plan.overtaken).sorted { $0.id < $1.id }
            plan = try await Self.whileUnchanged(held[...]) { () async throws in
                try await threads.runIfActive { try self.plan(copying: names.unfinishedCatalogue, fileSystem) }
            }
        } while !plan.overtaken.isEmpty
        return try await carryOut(plan, to: names, fileSystem, threads)
    }

    /// Runs `body` while nobody changes some streams.
    private static func whileUnchanged(
        _ streams: ArraySlice<LiveStream>,
        _ body: () async throws -> BackupPlan
    ) async throws -> BackupPlan {
        guard let first = streams.first else { return try await body() }
        return try await first.changes.withGate { try await whileUnchanged(streams.dropFirst(), body) }
    }

    /// Copies the catalogue, and finds how far the logs go that fit it.
    private func plan(copying path: String, _ fileSystem: any FileSystem) throws -> BackupPlan {
        let newestShards = try copyCatalogue(to: path, fileSystem)
        // Before the logs of the streams: a queue that knew of records which its stream does not have would take the
        // next ones for delivered.
        let (copies, gone) = queueCopies(try Catalogue.queueIDs(ofCopy: path))
        var plan = try plan(for: newestShards)
        plan.queues = copies
        plan.goneQueues = gone
        return plan
    }

    /// Copies the logs beside the copy of the catalogue, and fits the one to the others.
    func carryOut(
        _ plan: BackupPlan,
        to names: DataFolderNames,
        _ fileSystem: any FileSystem,
        _ threads: NIOThreadPool
    ) async throws -> BackupReport {
        var report = BackupReport()
        var gone = plan.gone
        for copy in plan.copies {
            let directory = "\(names.streams)/\(copy.live.id)"
            let log = try await threads.runIfActive { try Self.copyLog(copy, to: directory, fileSystem) }
            if let log {
                report += BackupReport(log)
            } else {
                gone.append(copy.live.id)
            }
        }
        var goneQueues = plan.goneQueues
        let hasQueues = !plan.queues.isEmpty
        if hasQueues { try await threads.runIfActive { try fileSystem.makeDirectory(names.queues) } }
        for copy in plan.queues {
            let directory = "\(names.queues)/\(copy.live.id)"
            let log = try await threads.runIfActive { try Self.copyLog(copy, to: directory, fileSystem) }
            if let log { report.byteCount += log.byteCount } else { goneQueues.append(copy.live.id) }
        }
        // After the logs: whatever encrypted a record in them is there by now.
        let keys = try await catalogue.dataKeys()
        let ownKey = masters.ownKey
        report.byteCount += try await threads.runIfActive { [gone, goneQueues] in
            // The folder's own master key, where it has one, goes with it. One that was given does not.
            if let ownKey { try MasterKeys.write(ownKey, names: names, fileSystem) }
            try Catalogue.settle(copy: names.unfinishedCatalogue, gone: gone, goneQueues: goneQueues, keys: keys)
            let file = try fileSystem.open(names.unfinishedCatalogue, .readWrite)
            try file.sync()
            try fileSystem.syncDirectory(names.streams)
            if hasQueues { try fileSystem.syncDirectory(names.queues) }
            try fileSystem.rename(names.unfinishedCatalogue, to: names.catalogue)
            try fileSystem.syncDirectory(names.path)
            return try file.size()
        }
        return report
    }

    /// Copies the catalogue, anew where it was copied before. Answers its streams, each with its newest shard.
    func copyCatalogue(to path: String, _ fileSystem: any FileSystem) throws -> [Int64: UInt32] {
        do throws(FileError) {
            try fileSystem.remove(path)
        } catch {
            guard error.isNotFound else { throw error }
        }
        try OpenFiles.makePrivateFile(path)
        try catalogue.copy(to: path)
        return try Catalogue.newestShards(ofCopy: path)
    }

    /// Finds how far the logs of the catalogue's copy go.
    func plan(for newestShards: [Int64: UInt32]) throws -> BackupPlan {
        var plan = BackupPlan()
        for (id, newestShard) in newestShards.sorted(by: { $0.key < $1.key }) {
            guard let live = streams.registry.withLock({ $0.stream(id: id) }) else {
                plan.gone.append(id)
                continue
            }
            guard let point = live.log.copyPoint else {
                try Self.requireDeleted(live)
                plan.gone.append(id)
                continue
            }
            // In this order: a record of a new shard is written only after the shard is listed.
            if let newest = live.description.shards.map(\.id.number).max(), newest > newestShard {
                plan.overtaken.append(live)
            } else {
                plan.copies.append(StreamCopy(live: live, point: point))
            }
        }
        return plan
    }

    /// Copies the log of a stream; nil when the stream was deleted meanwhile.
    private static func copyLog(
        _ copy: StreamCopy,
        to directory: String,
        _ fileSystem: any FileSystem
    ) throws -> LogCopyReport? {
        do throws(LogError) {
            return try copy.live.log.copy(to: directory, at: copy.point)
        } catch {
            guard error.code == .closed else { throw error }
            try requireDeleted(copy.live)
            try fileSystem.removeTree(directory)
            return nil
        }
    }

    /// How far the logs of queues go; those that were deleted meanwhile are gone.
    private func queueCopies(_ ids: [Int64]) -> (copies: [QueueCopy], gone: [Int64]) {
        let open = Dictionary(queues.all.map { ($0.id, $0) }) { first, _ in first }
        var copies: [QueueCopy] = []
        var gone: [Int64] = []
        for id in ids {
            guard let live = open[id] else {
                gone.append(id)
                continue
            }
            let hold = live.journal.hold()
            guard let point = live.journal.log.copyPoint else {
                gone.append(id)
                continue
            }
            copies.append(QueueCopy(live: live, hold: hold, point: point))
        }
        return (copies, gone)
    }

    /// Copies the log of a queue; nil when the queue was deleted meanwhile.
    private static func copyLog(
        _ copy: QueueCopy,
        to directory: String,
        _ fileSystem: any FileSystem
    ) throws -> LogCopyReport? {
        do throws(LogError) {
            return try copy.live.journal.log.copy(to: directory, at: copy.point)
        } catch {
            guard error.code == .closed else { throw error }
            try fileSystem.removeTree(directory)
            return nil
        }
    }

    /// Throws `serviceUnavailable` when a log was closed with the folder, and not because its stream was deleted.
    private static func requireDeleted(_ live: LiveStream) throws(ServiceError) {
        guard live.withMachine({ $0.isDeleted }) else {
            throw ServiceError(.serviceUnavailable, "The server is shutting down.")
        }
    }
}

extension BackupReport {
    fileprivate init(_ log: LogCopyReport) {
        streamCount = 1
        recordCount = log.entryCount
        byteCount = log.byteCount
    }
}

extension DataFolderNames {
    /// What the catalogue of a backup is called until the backup is whole.
    var unfinishedCatalogue: String { catalogue + ".partial" }
}
