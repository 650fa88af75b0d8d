import NIOCore
import WeirModel
import WeirRuntime

@testable import WeirStore

/// A data folder with a stream on demand and a queue on it.
func withQueue(
    shards: Int = 1,
    mode: StreamMode = .onDemand,
    start: QueueStart = .trimHorizon,
    attributes: QueueAttributes = QueueAttributes(),
    fileSystem: any FileSystem = SystemFileSystem(),
    _ body: (_ path: String, DataFolder, StreamDescription, QueueDescription, ManualTime) async throws -> Void
) async throws {
    try await withTemporaryPath { path in
        let time = ManualTime()
        var configuration = DataFolder.Configuration()
        configuration.allowsQueuesOnProvisionedStreams = mode == .provisioned
        try await DataFolder.withDataFolder(
            path: path,
            configuration: configuration,
            fileSystem: fileSystem,
            time: time,
            logger: quiet
        ) { folder in
            let stream = try await folder.makeStreamOnDemand(shards: shards, mode: mode)
            let queue = try await folder.makeQueue(start: start, attributes: attributes)
            try await body(path, folder, stream, queue, time)
        }
    }
}

extension DataFolder {
    /// Makes the stream of a test.
    func makeStreamOnDemand(shards: Int = 1, mode: StreamMode = .onDemand) async throws -> StreamDescription {
        try await streams.createStream(
            name: "flights",
            shardCount: shards,
            settings: StreamSettings(mode: mode),
            tags: [:]
        )
        return try await streams.stream(name: "flights")
    }

    /// Makes a queue on it.
    func makeQueue(
        _ name: String = "q",
        start: QueueStart = .trimHorizon,
        attributes: QueueAttributes = QueueAttributes()
    ) async throws -> QueueDescription {
        let stream = try await streams.stream(name: "flights")
        return try await queues.createQueue(
            NewQueue(name: name, stream: stream, start: start, attributes: attributes, tags: [:]),
            maximumConsumerCount: 20
        )
    }
}

func receive(
    _ folder: DataFolder,
    _ queue: QueueDescription,
    count: Int = 10,
    visibility: Int? = nil,
    ofDeadLetters: Bool = false,
    wait: Int = 0
) async throws -> [QueueDelivery] {
    let receive = QueueReceive(
        isOfDeadLetters: ofDeadLetters,
        maximumCount: count,
        visibilityTimeoutSeconds: visibility,
        waitSeconds: wait
    )
    return try await folder.queues.receive(receive, from: queue.resourceID)
}

func texts(_ deliveries: [QueueDelivery]) -> [String] { deliveries.map { String(buffer: $0.record.data) } }
