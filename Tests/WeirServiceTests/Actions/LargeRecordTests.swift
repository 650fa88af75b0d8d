import NIOCore
import Testing
import WeirModel
import WeirWire

@Suite struct LargeRecordTests {
    private static let arn = StreamSettingsTests.arn
    private static let mebibyte = 1 << 20

    private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 7, count: count) }

    @discardableResult
    private func put(_ count: Int, key: Int = 1, _ test: TestService) async throws -> PutRecord.Response {
        try await test.call(
            PutRecord.self,
            .init(streamName: "s", data: bytes(count), partitionKey: String(repeating: "k", count: key))
        )
    }

    @Test(arguments: [1025, 2048, 10_240])
    func theStreamsSizeIsTheLimit(kibibytes: Int) async throws {
        try await withService { test in
            _ = try await test.call(
                CreateStream.self,
                .init(streamName: "s", shardCount: 1, maxRecordSizeInKiB: kibibytes)
            )
            let limit = kibibytes << 10
            try await put(limit - 1, test)
            try await put(limit - 256, key: 256, test)
            for (data, key) in [(limit, 1), (limit - 255, 256), (limit + 1, 1)] {
                let error = await #expect(throws: ServiceError.self) { try await put(data, key: key, test) }
                #expect(error?.code == .validation)
            }
            var iterator = try await test.iterator()
            var sizes: [Int] = []
            while true {
                let read = try await test.read(iterator)
                // An answer holds 10 MiB, but always one record.
                #expect(read.records.reduce(0) { $0 + $1.data.readableBytes } <= 10 * Self.mebibyte)
                sizes += read.records.map(\.data.readableBytes)
                if read.records.isEmpty { break }
                iterator = try #require(read.nextShardIterator)
            }
            #expect(sizes == [limit - 1, limit - 256])
        }
    }

    @Test func theSizeIsRaisedAndLowered() async throws {
        try await withService { test in
            try await test.createStream()
            let error = await #expect(throws: ServiceError.self) { try await put(2 * Self.mebibyte, test) }
            #expect(
                error?.message == """
                    1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=2097152 cap=2097152]' at \
                    'data' failed to satisfy constraint: Member must have length less than or equal to 1048576
                    """
            )
            func setSize(_ kibibytes: Int) async throws {
                _ = try await test.call(
                    UpdateMaxRecordSize.self,
                    .init(streamARN: Self.arn, maxRecordSizeInKiB: kibibytes)
                )
            }
            try await setSize(3072)
            try await put(2 * Self.mebibyte, test)
            try await setSize(1024)
            await #expect(throws: ServiceError.self) { try await put(2 * Self.mebibyte, test) }
            let read = try await test.read(try await test.iterator())
            #expect(read.records.map(\.data.readableBytes) == [2 * Self.mebibyte])
        }
    }

    @Test func aBatchNamesTheRecordThatIsTooLarge() async throws {
        try await withService { test in
            try await test.createStream()
            let records = [10, 2 * Self.mebibyte].map { PutRecordsRequestEntry(data: bytes($0), partitionKey: "k") }
            let error = await #expect(throws: ServiceError.self) {
                try await test.call(PutRecords.self, .init(records: records, streamName: "s"))
            }
            #expect(error?.code == .validation)
            #expect(error?.message.contains("at 'records.2.member.data' failed to satisfy constraint") == true)
            #expect(try await test.read(try await test.iterator()).records.isEmpty)
        }
    }

    @Test func noStreamTakesMoreThanTenMebibytes() async throws {
        try await withService { test in
            _ = try await test.call(
                CreateStream.self,
                .init(streamName: "s", shardCount: 1, maxRecordSizeInKiB: 10_240)
            )
            let error = await #expect(throws: ServiceError.self) { try await put(10 * Self.mebibyte + 1, test) }
            #expect(error?.message.contains("Member must have length less than or equal to 10485760") == true)
            let whole = [5 * Self.mebibyte, 5 * Self.mebibyte - 1].map {
                PutRecordsRequestEntry(data: bytes($0), partitionKey: "k")
            }
            let batch = await #expect(throws: ServiceError.self) {
                try await test.call(PutRecords.self, .init(records: whole, streamName: "s"))
            }
            #expect(batch?.message == "Records size exceeds 10 MB limit")
        }
    }
}
