import Logging
import NIOCore
import Synchronization
import Testing
import WeirClient
import WeirConsumer
import WeirModel
import WeirTestTools
import WeirTesting
import WeirWire

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Workers that a server lets wait for records.
@Suite(.timeLimit(.minutes(5))) struct LongPollTests {
    /// Runs a worker that would take an hour between two polls, unless told otherwise.
    private func withWorker(
        shards: Int,
        idleInterval: Duration = .seconds(3600),
        _ body: (_ weir: WeirInstance, _ kinesis: KinesisClient, _ texts: @Sendable () -> [String]) async throws -> Void
    ) async throws {
        let texts = Mutex<[String]>([])
        try await withWeir { weir in
            var calls = weir.clientConfiguration
            // A call that waits holds a connection, but not one that calls need.
            calls.maximumConnections = 1
            try await withKinesisClient(calls, logger: quiet) { kinesis in
                try await withDynamoDBClient(weir.clientConfiguration, logger: quiet) { dynamoDB in
                    try await kinesis.createStream("s", shardCount: shards)
                    var configuration = ConsumerWorker.Configuration(applicationName: "app", streamName: "s")
                    configuration.idleInterval = idleInterval
                    let worker = ConsumerWorker(
                        configuration: configuration,
                        kinesis: kinesis,
                        leaseTable: dynamoDB,
                        logger: quiet
                    ) { record, _ in
                        texts.withLock { $0.append(String(buffer: record.data)) }
                    }
                    try await runService(worker) { try await body(weir, kinesis) { texts.withLock(\.self) } }
                }
            }
        }
    }

    @Test func eachRecordComesAtOnce() async throws {
        try await withWorker(shards: 8) { weir, kinesis, texts in
            for number in 0..<50 {
                _ = try await kinesis.putRecord(ByteBuffer(string: "\(number)"), stream: "s", partitionKey: "\(number)")
                try await eventually("record \(number)") { texts().count == number + 1 }
            }
            #expect(texts() == (0..<50).map(String.init))
        }
    }

    @Test func aSplitAndARestartOfTheServerAreOutlived() async throws {
        // A server that ends while a wait begins answers at once that there is nothing, and the worker pauses then.
        try await withWorker(shards: 1, idleInterval: .seconds(1)) { weir, kinesis, texts in
            _ = try await kinesis.putRecord(ByteBuffer(string: "a"), stream: "s", partitionKey: "k")
            try await eventually("the first") { texts().count == 1 }
            try await kinesis.splitShard(
                stream: "s",
                shardID: "shardId-000000000000",
                newStartingHashKey: "170141183460469231731687303715884105728"
            )
            _ = try await kinesis.putRecord(ByteBuffer(string: "b"), stream: "s", partitionKey: "k")
            try await eventually("after the split") { texts().count == 2 }
            try await weir.restart()
            _ = try await kinesis.putRecord(ByteBuffer(string: "c"), stream: "s", partitionKey: "k")
            try await eventually("after the restart") { texts().count == 3 }
            #expect(texts() == ["a", "b", "c"])
        }
    }
}
