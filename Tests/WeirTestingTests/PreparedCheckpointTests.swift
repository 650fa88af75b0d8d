import Logging
import NIOCore
import Synchronization
import Testing
import WeirClient
import WeirConsumer
import WeirLeases
import WeirModel
import WeirTesting
import WeirWire

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Checkpoints in two phases against a server in this process.
@Suite struct PreparedCheckpointTests {
    /// Prepares a checkpoint at the fifth record, and tells; or begins after what was prepared.
    private struct Processor: RecordProcessor {
        let isFirst: Bool
        let told: AsyncStream<String>.Continuation

        func initialize(_ shard: ShardContext) async throws {
            guard !isFirst else { return }
            told.yield(shard.pendingCheckpoint?.state.map { String(buffer: $0) } ?? "nothing")
            try await shard.pendingCheckpoint?.commit()
        }

        func process(_ batch: RecordBatch, _ shard: ShardContext) async throws {
            if isFirst {
                let fifth = batch[batch.startIndex + 4]
                _ = try await shard.prepareCheckpoint(at: fifth, state: ByteBuffer(string: "upload 5"))
                told.yield("prepared \(fifth.sequenceNumber)")
                // Its worker is killed now.
                try await Task.sleep(for: .seconds(3600))
            }
            for record in batch { told.yield(String(buffer: record.data)) }
        }
    }

    @Test(.timeLimit(.minutes(3))) func whatAKilledWorkerPreparedComesToTheNext() async throws {
        let (told, continuation) = AsyncStream<String>.makeStream()
        var news = told.makeAsyncIterator()
        try await withWeir { weir in
            try await withKinesisClient(weir.clientConfiguration, logger: quiet) { kinesis in
                try await withDynamoDBClient(weir.clientConfiguration, logger: quiet) { dynamoDB in
                    _ = try await kinesis.call(CreateStream.self, .init(streamName: "s", shardCount: 1))
                    let entries = (0..<8).map { number in
                        PutRecordsRequestEntry(data: ByteBuffer(string: "\(number)"), partitionKey: "k")
                    }
                    _ = try await kinesis.call(PutRecords.self, .init(records: entries, streamName: "s"))
                    func worker(_ id: String, isFirst: Bool) -> ConsumerWorker {
                        var configuration = ConsumerWorker.Configuration(applicationName: "uploads", streamName: "s")
                        configuration.workerID = id
                        configuration.failoverTime = .seconds(1)
                        configuration.checkpoints = .manual
                        return ConsumerWorker(
                            configuration: configuration,
                            kinesis: kinesis,
                            leaseTable: dynamoDB,
                            handler: .processors { _ in Processor(isFirst: isFirst, told: continuation) },
                            logger: quiet
                        )
                    }
                    let first = worker("a", isFirst: true)
                    let task = Task { try await first.run() }
                    let prepared = try #require(await news.next())
                    first.abandon()
                    _ = await task.result

                    // The attributes are those that the KCL reads.
                    let key: Item = ["leaseKey": .string(ShardID(0).description)]
                    let get = GetItem.Request(tableName: "uploads", key: key, consistentRead: true)
                    let item = try #require(try await dynamoDB.call(GetItem.self, get).item)
                    #expect(item["checkpoint"] == .string("TRIM_HORIZON"))
                    let number = String(prepared.dropFirst("prepared ".count))
                    #expect(item["pendingCheckpoint"] == .string(number))
                    #expect(item["pendingCheckpointSubSequenceNumber"] == .number("0"))
                    #expect(item["pendingCheckpointState"] == .binary(Array("upload 5".utf8)))

                    let second = worker("b", isFirst: false)
                    let other = Task { try await second.run() }
                    #expect(await news.next() == "upload 5")
                    for number in 5..<8 { #expect(await news.next() == "\(number)") }
                    other.cancel()
                    try await other.value
                    let after = try #require(try await dynamoDB.call(GetItem.self, get).item)
                    #expect(after.keys.filter { $0.hasPrefix("pending") } == [])
                    #expect(after["checkpoint"] == item["pendingCheckpoint"])
                }
            }
        }
    }
}
