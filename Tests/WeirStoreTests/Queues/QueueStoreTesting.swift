import NIOCore
import WeirModel
import WeirRuntime

@testable import WeirStore

/// What the tests of queues in a data folder share.
protocol QueueStoreTesting {}

extension QueueStoreTesting {
    /// A data folder with a stream on demand and a queue on it.
    func withQueue(
        shards: Int = 1,
        mode: StreamMode = .onDemand,
        start: QueueStart = .trimHorizon,
        attributes: QueueAttributes = QueueAttributes(),
        _ body: (_ path: String, DataFolder, StreamDescription, QueueDescription, ManualTime) async throws -> Void
    ) async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            var configuration = DataFolder.Configuration()
            configuration.allowsQueuesOnProvisionedStreams = mode == .provisioned
            try await DataFolder.withDataFolder(
                path: path,
                configuration: configuration,
                time: time,
                logger: quiet
            ) { folder in
                try await folder.streams.createStream(
                    name: "flights",
                    shardCount: shards,
                    settings: StreamSettings(mode: mode),
                    tags: [:]
                )
                let stream = try await folder.streams.stream(name: "flights")
                let queue = try await folder.queues.createQueue(
                    NewQueue(name: "q", stream: stream, start: start, attributes: attributes, tags: [:]),
                    maximumConsumerCount: 20
                )
                try await body(path, folder, stream, queue, time)
            }
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
}
