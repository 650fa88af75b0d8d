import NIOCore
import Testing
import WeirMetrics
import WeirModel
import WeirService
import WeirTestTools
import WeirWire

/// What the service counts of its streams.
@Suite struct MeteringTests {
    private func counts(_ service: TestService, _ stream: String = "s") async throws -> StreamCounts? {
        try await service.service.figures().streams.first { $0.stream == stream }?.counts
    }

    @Test func putsAndGetsAreCounted() async throws {
        try await withService { service in
            try await service.createStream(shards: 2)
            #expect(try await counts(service) == nil)
            try await service.put("1234", key: "k")
            let entries = ["a", "b", "c"].map {
                PutRecordsRequestEntry(data: ByteBuffer(string: $0), partitionKey: "key")
            }
            _ = try await service.call(PutRecords.self, .init(records: entries, streamName: "s"))
            for shard in 0...1 { _ = try await service.read(service.iterator(shard: shard)) }
            let counts = try #require(try await counts(service))
            #expect(counts.putRecord.successes == 1)
            #expect(counts.putRecord.bytes == 5)
            #expect(counts.putRecords.successes == 1)
            #expect(counts.putRecords.totalRecords == 3)
            #expect(counts.putRecords.records == 3)
            #expect(counts.putRecords.bytes == 12)
            #expect(counts.getRecords.successes == 2)
            #expect(counts.getRecords.records == 4)
            #expect(counts.getRecords.bytes == 17)
            #expect(counts.shards.isEmpty)
            let figures = try await service.service.figures()
            #expect(figures.streamCount == 1)
            #expect(figures.openShardCount == 2)
            #expect(figures.region == "us-east-1")
        }
    }

    @Test func whatLimitsRefuseIsCounted() async throws {
        try await withService(limits: .aws) { service in
            try await service.createStream()
            let large = PutRecordsRequestEntry(data: ByteBuffer(repeating: 1, count: 700 << 10), partitionKey: "k")
            _ = try await service.call(PutRecords.self, .init(records: [large, large], streamName: "s"))
            let iterator = try await service.iterator("LATEST")
            for _ in 0..<5 { _ = try await service.read(iterator) }
            await #expect(throws: ServiceError.self) { try await service.read(iterator) }
            let counts = try #require(try await counts(service))
            #expect(counts.putRecords.throttledRecords == 1)
            #expect(counts.putRecords.records == 1)
            #expect(counts.throttledWrites == 1)
            #expect(counts.throttledReads == 1)
        }
    }

    @Test func theSettingForShardLevelMetricsTakesEffect() async throws {
        try await withService { service in
            try await service.createStream(shards: 2)
            let all = EnableEnhancedMonitoring.Request(streamName: "s", shardLevelMetrics: ["ALL"])
            _ = try await service.call(EnableEnhancedMonitoring.self, all)
            try await service.put("1234", key: "k", explicit: "0")
            let counts = try #require(try await counts(service))
            #expect(counts.shardMetrics == Set(ShardLevelMetric.allCases))
            #expect(counts.shards[ShardID(0)]?.incomingBytes == 5)
            #expect(counts.shards[ShardID(1)] == nil)
            _ = try await service.call(
                DisableEnhancedMonitoring.self,
                .init(streamName: "s", shardLevelMetrics: ["ALL"])
            )
            try await service.put("1234", key: "k", explicit: "0")
            #expect(try await self.counts(service)?.shards.isEmpty == true)
        }
    }

    @Test func aPutThatFailsKeepsWhatWasCountedOfShards() async throws {
        try await withService { service in
            try await service.createStream()
            let all = EnableEnhancedMonitoring.Request(streamName: "s", shardLevelMetrics: ["ALL"])
            _ = try await service.call(EnableEnhancedMonitoring.self, all)
            try await service.put("1234", key: "k")
            service.store.onceBeforeAppend { throw ServiceError(.internalFailure, "The disk is full.") }
            await #expect(throws: ServiceError.self) { try await service.put("1234", key: "k") }
            let counts = try #require(try await counts(service))
            #expect(counts.putRecord.latency.count == 2)
            #expect(counts.putRecord.successes == 1)
            #expect(counts.shards[ShardID(0)]?.incomingRecords == 1)
        }
    }

    @Test func whatIsGoneOfAStreamIsForgotten() async throws {
        try await withService { service in
            try await service.createStream()
            let all = EnableEnhancedMonitoring.Request(streamName: "s", shardLevelMetrics: ["ALL"])
            _ = try await service.call(EnableEnhancedMonitoring.self, all)
            try await service.put("1234", key: "k")
            _ = try await service.call(
                SplitShard.self,
                .init(streamName: "s", shardToSplit: ShardID(0).description, newStartingHashKey: "1000")
            )
            try await service.put("1234", key: "k", explicit: "0")
            // The closed shard may still be read.
            #expect(try await Set(#require(counts(service)).shards.keys) == [ShardID(0), ShardID(1)])
            service.time.advance(milliseconds: 25 * 3_600_000)
            try await service.store.enforceRetention()
            try await service.put("1234", key: "k", explicit: "0")
            #expect(try await Set(#require(counts(service)).shards.keys) == [ShardID(1)])
        }
    }

    @Test func aStreamThatIsGoneIsForgotten() async throws {
        try await withService { service in
            try await service.createStream()
            try await service.put("x")
            #expect(try await counts(service) != nil)
            _ = try await service.call(DeleteStream.self, .init(streamName: "s"))
            #expect(try await counts(service) == nil)
            #expect(try await service.service.figures().streamCount == 0)
        }
    }

    @Test func aCallOnAStreamThatThereIsNotIsNotCounted() async throws {
        try await withService { service in
            await #expect(throws: ServiceError.self) { try await service.put("x", to: "absent") }
            let figures = try await service.service.figures()
            #expect(figures.streams.isEmpty)
        }
    }
}
