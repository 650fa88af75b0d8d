import NIOCore
import Testing
import WeirModel
import WeirService
import WeirTestTools
import WeirWire

/// A service that enforces the limits of Amazon Kinesis on rates.
@Suite struct ThrottlingTests {
    private static let text = "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000."

    @Test func recordsBeyondAShardsThroughputSayWhyInPutRecords() async throws {
        try await withService(limits: .aws) { service in
            try await service.createStream()
            let large = PutRecordsRequestEntry(data: ByteBuffer(repeating: 1, count: 700 << 10), partitionKey: "k")
            let small = PutRecordsRequestEntry(data: ByteBuffer(repeating: 1, count: 10), partitionKey: "k")
            let request = PutRecords.Request(records: [large, large, small], streamName: "s")
            let answer = try await service.call(PutRecords.self, request)
            #expect(answer.failedRecordCount == 1)
            #expect(answer.records.map(\.errorCode) == [nil, "ProvisionedThroughputExceededException", nil])
            #expect(answer.records[1].errorMessage == Self.text)
            #expect(answer.records[1].shardID == nil)
            #expect(answer.records[2].sequenceNumber != nil)
            let records = try await service.read(service.iterator()).records
            #expect(records.map(\.data.readableBytes) == [700 << 10, 10])
        }
    }

    @Test func aThousandRecordsASecond() async throws {
        try await withService(limits: .aws) { service in
            try await service.createStream()
            let entry = PutRecordsRequestEntry(data: ByteBuffer(string: "x"), partitionKey: "k")
            let request = PutRecords.Request(records: Array(repeating: entry, count: 500), streamName: "s")
            var failed: [Int?] = []
            for _ in 0..<3 { failed.append(try await service.call(PutRecords.self, request).failedRecordCount) }
            #expect(failed == [0, 0, 500])
            service.time.advance(milliseconds: 250)
            #expect(try await service.call(PutRecords.self, request).failedRecordCount == 250)
        }
    }

    @Test func aRecordBeyondAShardsThroughputIsRefusedInPutRecord() async throws {
        try await withService(limits: .aws) { service in
            try await service.createStream()
            let data = ByteBuffer(repeating: 1, count: (1 << 20) - 1)
            let request = PutRecord.Request(streamName: "s", data: data, partitionKey: "k")
            _ = try await service.call(PutRecord.self, request)
            let error = await #expect(throws: ServiceError.self) { try await service.put("x") }
            #expect(error?.code == .provisionedThroughputExceeded)
            #expect(error?.message == Self.text)
            service.time.advance(milliseconds: 1)
            try await service.put("x")
        }
    }

    @Test func aShardIsReadFiveTimesASecond() async throws {
        try await withService(limits: .aws) { service in
            try await service.createStream()
            let iterator = try await service.iterator()
            for _ in 0..<5 { _ = try await service.read(iterator) }
            let error = await #expect(throws: ServiceError.self) { try await service.read(iterator) }
            #expect(error?.code == .provisionedThroughputExceeded)
            #expect(error?.message == Self.text)
            service.time.advance(milliseconds: 200)
            _ = try await service.read(iterator)
        }
    }

    @Test func whatIsReadCounts() async throws {
        try await withService(limits: .aws) { service in
            try await service.createStream()
            for _ in 0..<3 {
                try await service.put(String(repeating: "x", count: 900 << 10))
                service.time.advance(milliseconds: 1000)
            }
            let iterator = try await service.iterator()
            #expect(try await service.read(iterator).records.count == 3)
            await #expect(throws: ServiceError.self) { try await service.read(iterator) }
            service.time.advance(milliseconds: 400)
            _ = try await service.read(iterator)
        }
    }

    @Test func fiveIteratorsASecond() async throws {
        try await withService(limits: .aws) { service in
            try await service.createStream()
            for _ in 0..<5 { _ = try await service.iterator() }
            let error = await #expect(throws: ServiceError.self) { try await service.iterator() }
            #expect(error?.code == .provisionedThroughputExceeded)
        }
    }

    @Test func controlActionsHaveARate() async throws {
        try await withService(limits: .aws) { service in
            try await service.createStream()
            for _ in 0..<10 { #expect(await service.refusal("DescribeStream", #"{"StreamName":"s"}"#) == nil) }
            let stream = await service.refusal("DescribeStream", #"{"StreamName":"s"}"#)
            #expect(stream?.code == .limitExceeded)
            #expect(stream?.message == "Rate exceeded for stream s under account 000000000000.")
            for _ in 0..<5 { #expect(await service.refusal("ListStreams", "{}") == nil) }
            let account = await service.refusal("ListStreams", "{}")
            #expect(account?.code == .limitExceeded)
            #expect(account?.message == "Rate exceeded for account 000000000000.")
            // What is not valid is told before a rate is looked at.
            #expect(await service.refusal("ListStreams", #"{"Limit":0}"#)?.code == .validation)
            service.time.advance(milliseconds: 200)
            #expect(await service.refusal("ListStreams", "{}") == nil)
        }
    }

    @Test func nothingIsLimitedUnlessItIsAskedFor() async throws {
        try await withService { service in
            try await service.createStream()
            for _ in 0..<30 { #expect(await service.refusal("DescribeStream", #"{"StreamName":"s"}"#) == nil) }
            let iterator = try await service.iterator()
            for _ in 0..<30 { _ = try await service.read(iterator) }
        }
    }
}
