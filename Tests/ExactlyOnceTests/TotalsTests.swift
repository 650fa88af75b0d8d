import Logging
import NIOCore
import Testing
import WeirClient
import WeirConsumer
import WeirModel
import WeirRuntime
import WeirTesting
import WeirWire

@testable import ExactlyOnce

/// The example, against a server and a database file.
@Suite struct TotalsTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test func numbersCountOnceWhicheverWorkerIsKilled() async throws {
        try await withWeir { weir in
            let kinesis = try KinesisClient(configuration: weir.clientConfiguration, logger: Self.logger)
            let dynamoDB = try DynamoDBClient(configuration: weir.clientConfiguration, logger: Self.logger)
            let clients = [Task { try await kinesis.run() }, Task { try await dynamoDB.run() }]
            defer { clients.forEach { $0.cancel() } }
            _ = try await kinesis.call(
                CreateStream.self,
                CreateStream.Request(streamName: "numbers", shardCount: 2)
            )
            let path = "\(weir.folder)/totals.sqlite"
            let totals = try Totals(path: path)
            var expected: [String: (total: Int, count: Int)] = [:]
            for round in 0..<4 {
                let entries = (0..<250).map { number in
                    let key = "key-\(number % 7)"
                    let value = round * 1000 + number
                    expected[key, default: (0, 0)].total += value
                    expected[key, default: (0, 0)].count += 1
                    return PutRecordsRequestEntry(data: ByteBuffer(string: String(value)), partitionKey: key)
                }
                let answer = try await kinesis.call(
                    PutRecords.self,
                    PutRecords.Request(records: entries, streamName: "numbers")
                )
                #expect(answer.failedRecordCount == 0)
                // Each worker opens the database anew, as another process would.
                let worker = try worker("worker-\(round)", kinesis, dynamoDB, Totals(path: path).handler)
                let task = Task { try await worker.run() }
                let goal = round < 3 ? round * 250 + 100 : 1000
                let deadline = ContinuousClock.now + .seconds(90)
                while try totals.read().values.reduce(0, { $0 + $1.count }) < goal, .now < deadline {
                    try await Task.sleep(for: .milliseconds(2))
                }
                #expect(.now < deadline, "round \(round): not \(goal) numbers")
                if round < 3 { worker.abandon() } else { task.cancel() }
                _ = await task.result
            }
            let found = try totals.read()
            #expect(found.keys == expected.keys)
            for (key, value) in expected {
                #expect(found[key]?.total == value.total && found[key]?.count == value.count)
            }
        }
    }

    private func worker(
        _ id: String,
        _ kinesis: KinesisClient,
        _ dynamoDB: DynamoDBClient,
        _ handler: RecordHandler
    ) -> ConsumerWorker {
        var configuration = ConsumerWorker.Configuration(applicationName: "totals", streamName: "numbers")
        configuration.workerID = id
        configuration.failoverTime = .milliseconds(300)
        configuration.idleInterval = .milliseconds(5)
        configuration.maximumRecordsPerFetch = 9
        return ConsumerWorker(
            configuration: configuration,
            kinesis: kinesis,
            leaseTable: dynamoDB,
            handler: handler,
            logger: Self.logger
        )
    }
}
