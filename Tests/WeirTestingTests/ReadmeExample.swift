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
/// Counts nothing yet: prints each record of the stream, on as many machines as you like.
func runCounter(logger: Logger) async throws {
    let environment = ClientEnvironment.process
    let kinesis = try KinesisClient(configuration: environment.configuration(for: .kinesis), logger: logger)
    let dynamoDB = try DynamoDBClient(configuration: environment.configuration(for: .dynamoDB), logger: logger)
    let worker = ConsumerWorker(
        configuration: .init(applicationName: "counter", streamName: "flights"),
        kinesis: kinesis,
        leaseTable: dynamoDB,
        logger: logger
    ) { record, shard in
        print(shard.shardID, record.partitionKey, String(buffer: record.data))
    }
    try await ServiceGroup(
        services: [kinesis, dynamoDB, worker],
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger
    ).run()
}
// snippet.end

// snippet.begin
/// Handles up to twenty records at a time; what fails comes again later, to whichever consumer is free.
func runOrders(logger: Logger) async throws {
    let environment = ClientEnvironment.process
    let kinesis = try KinesisClient(configuration: environment.configuration(for: .kinesis), logger: logger)
    var configuration = QueueConsumer.Configuration(queue: "orders")
    configuration.concurrency = 20
    let consumer = QueueConsumer(configuration: configuration, kinesis: kinesis, logger: logger) { record, queue in
        queue.logger.info("\(record.recordID), received \(record.receiveCount) times: \(String(buffer: record.data))")
    }
    try await ServiceGroup(
        services: [kinesis, consumer],
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger
    ).run()
}
// snippet.end

@Suite struct ReadmeExampleTests {
    @Test func theReadmeShowsThisVeryCode() throws {
        let example = try text(of: #filePath)
        let readme = try text(of: "\(#filePath)/../../../README.md")
        let snippets = example.split(separator: "// snippet.begin\n").dropFirst().compactMap { snippet in
            snippet.firstRange(of: "// snippet.end\n").map { String(snippet[..<$0.lowerBound]) }
        }
        #expect(snippets.count == 2)
        for snippet in snippets { #expect(readme.contains("```swift\n\(snippet)```")) }
    }

    private func text(of path: String) throws -> String {
        let url = URL(filePath: path).standardizedFileURL
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }
}
