import FoundationEssentials
import Logging
import NIOCore
import ServiceLifecycle
import Testing
import UnixSignals
import WeirClient
import WeirConsumer
import WeirWire

// snippet.begin
func runArrivals(logger: Logger) async throws {
    let environment = ClientEnvironment.process
    let kinesis = try KinesisClient(configuration: environment.configuration(for: .kinesis), logger: logger)
    let dynamoDB = try DynamoDBClient(configuration: environment.configuration(for: .dynamoDB), logger: logger)
    let worker = ConsumerWorker(
        configuration: .init(applicationName: "arrivals", streamName: "flights"),
        kinesis: kinesis,
        leaseTable: dynamoDB,
        logger: logger
    ) { record, shard in
        shard.logger.info("\(record.partitionKey): \(String(buffer: record.data))")
    }
    try await ServiceGroup(
        services: [kinesis, dynamoDB, worker],
        gracefulShutdownSignals: [.sigterm],
        logger: logger
    ).run()
}
// snippet.end

// snippet.begin
func store(in table: @escaping @Sendable ([String]) async throws -> Void) -> RecordHandler {
    .batches { batch, _ in
        try await table(batch.map { String(buffer: $0.data) })
    }
}
// snippet.end

// snippet.begin
func careful(_ configuration: inout ConsumerWorker.Configuration) {
    configuration.failurePolicy.maximumAttempts = 8
    configuration.failurePolicy.initialPause = .milliseconds(200)
    configuration.failurePolicy.onFailure = .deadLetter
}
// snippet.end

// snippet.begin
func severalStreams(_ airports: AsyncStream<[String]>) -> ConsumerWorker.Configuration {
    let streams = airports.map { airports in
        airports.map { ConsumedStream("flights-\($0)") } + [ConsumedStream("weather", initialPosition: .latest)]
    }
    return ConsumerWorker.Configuration(applicationName: "arrivals-everywhere", streams: .updates(streams))
}
// snippet.end

// snippet.begin
struct Uploader: RecordProcessor {
    /// Says whether the store has an upload of that name, and puts one: all or nothing.
    let hasUpload: @Sendable (String) async throws -> Bool
    let upload: @Sendable (String, [String]) async throws -> Void

    func initialize(_ shard: ShardContext) async throws {
        guard let pending = shard.pendingCheckpoint, let name = pending.state.map({ String(buffer: $0) }) else {
            return
        }
        if try await hasUpload(name) { try await pending.commit() }
    }

    func process(_ batch: RecordBatch, _ shard: ShardContext) async throws {
        guard let last = batch.last else { return }
        let name = "\(shard.shardID)/\(last.sequenceNumber)"
        let prepared = try await shard.prepareCheckpoint(at: last, state: ByteBuffer(string: name))
        try await upload(name, batch.map { String(buffer: $0.data) })
        try await prepared.commit()
    }
}
// snippet.end

// snippet.begin
struct Orders: QueueRecordProcessor {
    /// Does what an order asks for, once for each ID: all or nothing.
    let perform: @Sendable (String, ByteBuffer) async throws -> Void

    func process(_ record: ReceivedRecord, _ queue: QueueContext) async throws {
        guard record.data.readableBytes > 0 else { throw RecordRejection("an empty order") }
        try await perform(record.recordID, record.data)
    }
}

func ordersConsumer(_ orders: Orders, _ kinesis: KinesisClient, logger: Logger) -> QueueConsumer {
    var configuration = QueueConsumer.Configuration(queue: "orders")
    configuration.concurrency = 50
    configuration.handlerTimeout = .seconds(60)
    configuration.backOff = QueueBackOff(initialPause: .seconds(2), maximumPause: .seconds(300))
    configuration.onRejection = .acknowledge
    return QueueConsumer(configuration: configuration, kinesis: kinesis, processor: orders, logger: logger)
}
// snippet.end

@Suite struct GuideExampleTests {
    @Test func theGuideShowsThisVeryCode() throws {
        let parts = try text(of: #filePath).split(separator: "// snippet.begin\n").dropFirst()
        let snippets = parts.compactMap { snippet in
            snippet.firstRange(of: "// snippet.end\n").map { String(snippet[..<$0.lowerBound]) }
        }
        let guide = try text(of: "\(#filePath)/../../../Sources/WeirConsumer/WeirConsumer.docc/Guide.md")
        let blocks = guide.split(separator: "```swift\n").dropFirst().compactMap { block in
            block.firstRange(of: "```").map { String(block[..<$0.lowerBound]) }
        }
        #expect(blocks.count == 6)
        #expect(blocks == snippets)
    }

    private func text(of path: String) throws -> String {
        let url = URL(filePath: path).standardizedFileURL
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }
}
