import Logging
import NIOPosix
import WeirLog
import WeirRuntime

/// The folders of the queues' logs: `queues/<queue ID>` in the data folder.
struct QueueLogs: Sendable {
    /// Opens and removes them.
    private let logs: StreamLogs
    let logger: Logger

    /// Bytes of a segment: what is trimmed at a time.
    private static let segmentSizeInBytes = 4 << 20
    /// Bytes of events after which the state is written, at least.
    static let snapshotInterval = 1 << 20

    init(directory: String, beside streams: StreamLogs) {
        var options = streams.options
        options.segmentSizeInBytes = min(options.segmentSizeInBytes, Self.segmentSizeInBytes)
        // An acknowledgement is on disk when it is answered, whatever the streams do.
        options.durability = .always
        options.maximumSpareCount = min(options.maximumSpareCount, 1)
        logs = StreamLogs(
            directory: directory,
            writers: streams.writers,
            threads: streams.threads,
            fileSystem: streams.fileSystem,
            options: options,
            logger: streams.logger
        )
        logger = streams.logger
    }

    /// The folder of a queue.
    func directory(of id: Int64) -> String { logs.directory(of: id) }

    func open(queue id: Int64) async throws -> Log { try await logs.open(stream: id) }

    func remove(queue id: Int64) async throws { try await logs.remove(stream: id) }

    func removeOrphans(keeping queues: Set<Int64>) async throws { try await logs.removeOrphans(keeping: queues) }
}
