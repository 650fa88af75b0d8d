import Logging
import NIOCore
import Testing
import WeirClient
import WeirModel
import WeirRuntime
import WeirTesting
import WeirWire

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite struct WithWeirTests {
    @Test func recordsArePutAndRead() async throws {
        try await withWeir { weir in
            try await withKinesisClient(weir.clientConfiguration, logger: quiet) { kinesis in
                _ = try await kinesis.call(CreateStream.self, .init(streamName: "s", shardCount: 1))
                let put = try await kinesis.call(
                    PutRecord.self,
                    .init(streamName: "s", data: ByteBuffer(string: "hello"), partitionKey: "k")
                )
                let records = try await readAll(kinesis, "s")
                #expect(records.map(\.sequenceNumber) == [put.sequenceNumber])
                #expect(records.map { String(buffer: $0.data) } == ["hello"])
                #expect(records.map(\.partitionKey) == ["k"])
            }
        }
    }

    @Test func aResetLeavesNothing() async throws {
        try await withWeir { weir in
            var elsewhere = weir.clientConfiguration
            elsewhere.region = "eu-west-1"
            for configuration in [weir.clientConfiguration, elsewhere] {
                try await withKinesisClient(configuration, logger: quiet) { kinesis in
                    _ = try await kinesis.call(CreateStream.self, .init(streamName: "s", shardCount: 1))
                }
            }
            try await weir.reset()
            for configuration in [weir.clientConfiguration, elsewhere] {
                try await withKinesisClient(configuration, logger: quiet) { kinesis in
                    #expect(try await kinesis.call(ListStreams.self, .init()).streamNames == [])
                    // The name is free again.
                    _ = try await kinesis.call(CreateStream.self, .init(streamName: "s", shardCount: 2))
                }
            }
        }
    }

    @Test func everythingIsThereAfterARestart() async throws {
        try await withWeir { weir in
            let port = weir.port
            try await withKinesisClient(weir.clientConfiguration, logger: quiet) { kinesis in
                _ = try await kinesis.call(CreateStream.self, .init(streamName: "s", shardCount: 1))
                _ = try await kinesis.call(
                    PutRecord.self,
                    .init(streamName: "s", data: ByteBuffer(string: "before"), partitionKey: "k")
                )
                let iterator = try await trimHorizon(kinesis, "s")

                try await weir.restart()
                #expect(weir.port == port)
                _ = try await kinesis.call(
                    PutRecord.self,
                    .init(streamName: "s", data: ByteBuffer(string: "after"), partitionKey: "k")
                )
                // The iterator from before is still good.
                let answer = try await kinesis.call(GetRecords.self, .init(shardIterator: iterator))
                #expect(answer.records.map { String(buffer: $0.data) } == ["before", "after"])
            }
        }
    }

    @Test func theFolderIsRemoved() async throws {
        let folder = try await withWeir { weir in weir.folder }
        #expect(throws: FileError.self) { try SystemFileSystem().list(folder) }
    }

    @Test func theFolderIsRemovedWhenTheBodyThrows() async throws {
        struct Failure: Error {}
        let folder = OneFolder()
        await #expect(throws: Failure.self) {
            try await withWeir { weir in
                folder.path = weir.folder
                throw Failure()
            }
        }
        #expect(throws: FileError.self) { try SystemFileSystem().list(folder.path) }
    }

    @Test func manyServersRunAtOnce() async throws {
        try await withWeir { first in
            try await withWeir { second in
                #expect(first.port != second.port)
                try await withKinesisClient(first.clientConfiguration, logger: quiet) { kinesis in
                    _ = try await kinesis.call(CreateStream.self, .init(streamName: "s", shardCount: 1))
                }
                try await withKinesisClient(second.clientConfiguration, logger: quiet) { kinesis in
                    let answer = try await kinesis.call(ListStreams.self, .init())
                    #expect(answer.streamNames.isEmpty)
                }
            }
        }
    }
}

private final class OneFolder {
    var path = ""
}

private func trimHorizon(_ kinesis: KinesisClient, _ stream: String) async throws -> String {
    let answer = try await kinesis.call(
        GetShardIterator.self,
        .init(streamName: stream, shardID: "shardId-000000000000", shardIteratorType: "TRIM_HORIZON")
    )
    return try #require(answer.shardIterator)
}

private func readAll(_ kinesis: KinesisClient, _ stream: String) async throws -> RecordList {
    let iterator = try await trimHorizon(kinesis, stream)
    return try await kinesis.call(GetRecords.self, .init(shardIterator: iterator)).records
}
