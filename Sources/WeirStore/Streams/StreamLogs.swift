import Logging
import NIOPosix
import WeirLog
import WeirRuntime

/// The folders of the streams' logs: `streams/<stream ID>` in the data folder.
struct StreamLogs: Sendable {
    /// The folder that holds them.
    let directory: String
    let writers: LogWriterPool
    /// For what blocks: opening and removing.
    let threads: NIOThreadPool
    let fileSystem: any FileSystem
    let options: LogOptions
    let logger: Logger

    /// The folder of a stream.
    func directory(of stream: Int64) -> String { "\(directory)/\(stream)" }

    /// Opens the log of a stream, or makes it, durably. Throws ``LogError``.
    func open(stream: Int64) async throws -> Log {
        var logger = logger
        logger[metadataKey: "stream.id"] = "\(stream)"
        return try await threads.runIfActive { [logger] in
            try Log.open(
                directory: directory(of: stream),
                pool: writers,
                fileSystem: fileSystem,
                options: options,
                logger: logger
            )
        }
    }

    /// Removes the folder of a stream.
    func remove(stream: Int64) async throws {
        try await threads.runIfActive { try fileSystem.removeTree(directory(of: stream)) }
    }

    /// Makes the folder that holds the logs, and removes from it those of streams that are not there any more: what a
    /// crash left behind between two steps of a creation or a deletion. What is no stream's folder is left alone.
    func removeOrphans(keeping streams: Set<Int64>) async throws {
        try await threads.runIfActive {
            try fileSystem.makeDirectory(directory)
            for name in try fileSystem.list(directory) {
                guard let stream = Int64(name), name == String(stream), !streams.contains(stream) else { continue }
                logger.info("removing the log of a stream that is gone", metadata: ["stream.id": "\(stream)"])
                try fileSystem.removeTree(directory(of: stream))
            }
        }
    }
}
