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
    var threads: NIOThreadPool
    let fileSystem: any FileSystem
    let options: LogOptions
    let logger: Logger

    /// The folder of a stream.
    func directory(of stream: Int64) -> String { "\(directory)/\(stream)" }

    /// Opens the log of a stream, or makes it, durably. Throws ``LogError``.
    func open(stream: Int64) async throws -> Log {
        var logger = logger
        logger[metadataKey: "stream.id"] = "\(stream)"
        var options = options
        // Nothing is packed before it is known whether the stream's tags say otherwise.
        options.compression = .none
        return try await threads.runIfActive { [logger, options] in
            try Log.open(
                directory: directory(of: stream),
                pool: writers,
                fileSystem: fileSystem,
                options: options,
                logger: logger
            )
        }
    }

    /// Logs that are opened at a time: each mostly waits for the disk.
    private static let openingsAtATime = 8

    /// Opens the logs of many streams, several at a time. `body` gets each with its place in the list, in any order and one
    /// after the other. Throws ``LogError``, the first; then those that were not given to `body` are let go.
    func open(streams: [Int64], _ body: (_ place: Int, Log) -> Void) async throws {
        guard streams.count > 1 else {
            for stream in streams { body(0, try await open(stream: stream)) }
            return
        }
        var logs = self
        let threads = NIOThreadPool(numberOfThreads: min(Self.openingsAtATime, streams.count))
        threads.start()
        logs.threads = threads
        let result: Result<Void, any Error>
        do {
            result = .success(try await logs.openSeveral(streams, body))
        } catch {
            result = .failure(error)
        }
        // The only error is that of a pool that is shut down already.
        try? await threads.shutdownGracefully()
        try result.get()
    }

    private func openSeveral(_ streams: [Int64], _ body: (_ place: Int, Log) -> Void) async throws {
        try await withThrowingTaskGroup(of: (Int, Log).self) { group in
            var begun = 0
            func begin() {
                guard begun < streams.count else { return }
                let place = begun
                group.addTask { (place, try await open(stream: streams[place])) }
                begun += 1
            }
            for _ in 0..<Self.openingsAtATime { begin() }
            while let (place, log) = try await group.next() {
                body(place, log)
                begin()
            }
        }
    }

    /// Removes the folder of a stream.
    func remove(stream: Int64) async throws {
        try await threads.runIfActive { try fileSystem.removeTree(directory(of: stream)) }
    }

    /// Makes the folder that holds the logs, and the names in it, durable, and removes from it those of streams that are not
    /// there any more: what a crash left behind between two steps of a creation or a deletion. What is no stream's folder is
    /// left alone.
    func removeOrphans(keeping streams: Set<Int64>) async throws {
        try await threads.runIfActive {
            try fileSystem.makeDirectory(directory)
            // Once for all logs: whoever made their folders may not have come to it.
            try fileSystem.syncDirectory(directory)
            for name in try fileSystem.list(directory) {
                guard let stream = Int64(name), name == String(stream), !streams.contains(stream) else { continue }
                logger.info("removing the log of a stream that is gone", metadata: ["stream.id": "\(stream)"])
                try fileSystem.removeTree(directory(of: stream))
            }
        }
    }
}
