import WeirLog
import WeirModel
import WeirRuntime

/// The log of one queue on disk, for programs that look at files.
public struct StoredQueueLog: Hashable, Sendable {
    /// The name of its region's folder; nil for the default region.
    public var region: String?
    /// The queue's ID.
    public var queueID: Int64
    /// The folder with its segments.
    public var directory: String
}

/// What stands in the log of a queue.
public struct QueueLogReport: Hashable, Sendable {
    /// The segment files.
    public var segments: [SegmentReport]
    /// Records that were delivered and not acknowledged, dead letters included; nil when the state cannot be read.
    public var unacknowledgedCount: Int?
    /// What is wrong, for people, where every frame is whole and yet they are no state of a queue.
    public var damage: String?
}

extension DataFolder {
    /// The logs of the queues in a data folder, by region and ID. Nothing is opened or changed, and a server may have the
    /// folder open. Throws `inputOutput` where a folder cannot be read.
    public static func storedQueueLogs(
        in path: String,
        fileSystem: any FileSystem = SystemFileSystem()
    ) throws(DataFolderError) -> [StoredQueueLog] {
        var logs = try storedQueueLogs(in: path, region: nil, fileSystem)
        let regions = "\(path)/\(DataFolderNames.regionsName)"
        for region in (try? fileSystem.list(regions)) ?? [] where RegionName.isValid(region) {
            logs += try storedQueueLogs(in: "\(regions)/\(region)", region: region, fileSystem)
        }
        return logs
    }

    private static func storedQueueLogs(
        in path: String,
        region: String?,
        _ fileSystem: any FileSystem
    ) throws(DataFolderError) -> [StoredQueueLog] {
        let queues = DataFolderNames(path: path).queues
        do throws(FileError) {
            return try fileSystem.list(queues).compactMap(Int64.init).sorted().map { id in
                StoredQueueLog(region: region, queueID: id, directory: "\(queues)/\(id)")
            }
        } catch {
            // Folders of an earlier format have none.
            if error.isNotFound { return [] }
            throw DataFolderError(.inputOutput, "\(queues) cannot be read: \(error)", cause: error)
        }
    }
}

extension StoredQueueLog {
    /// Reads all segments, and the state of the queue from their entries. Throws `.io` when a file cannot be read.
    public func inspect(fileSystem: any FileSystem = SystemFileSystem()) throws(LogError) -> QueueLogReport {
        let first = try inspectOnce(fileSystem)
        // A server may have trimmed the log between the looks at the folder and at its files.
        return first.damage == nil ? first : try inspectOnce(fileSystem)
    }

    private func inspectOnce(_ fileSystem: any FileSystem) throws(LogError) -> QueueLogReport {
        var reading = QueueRecovery()
        var first: UInt64?
        var damage: String?
        let inspector = LogInspector(directory: directory, fileSystem: fileSystem)
        let segments = try inspector.inspect { entry in
            guard damage == nil else { return true }
            first = first ?? entry.index
            do throws(QueueFormatError) {
                try reading.take(entry.payload, generation: entry.timestamp)
            } catch {
                damage = "entry \(entry.index) is none of a queue"
            }
            return true
        }
        guard segments.allSatisfy(\.damages.isEmpty) else { return QueueLogReport(segments: segments) }
        // Such a queue begins anew.
        if damage == nil, reading.isUnfinished(from: first ?? segments.last?.nextIndex ?? 0) {
            return QueueLogReport(segments: segments, unacknowledgedCount: 0)
        }
        if damage == nil, reading.machine == nil { damage = "the log does not hold the state of the queue" }
        return QueueLogReport(
            segments: segments,
            unacknowledgedCount: damage == nil ? reading.machine?.tracked.count : nil,
            damage: damage
        )
    }
}
