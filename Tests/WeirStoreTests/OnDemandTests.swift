import NIOCore
import Testing
import WeirModel

@testable import WeirStore

/// Streams on demand in a data folder.
@Suite struct OnDemandTests {
    private func makeStream(
        _ streams: EmbeddedStreamStore,
        warm: Int? = nil,
        shards: Int = Limits.onDemandShardCount
    ) async throws {
        let settings = StreamSettings(mode: .onDemand, warmThroughputMiBps: warm)
        try await streams.createStream(name: "flights", shardCount: shards, settings: settings, tags: [:])
    }

    private func shardCount(_ streams: EmbeddedStreamStore) async throws -> Int {
        try await streams.stream(name: "flights").openShardsByHashKey.count
    }

    /// Lets virtual time pass, in which each open shard takes so many records a second.
    private func run(
        _ streams: EmbeddedStreamStore,
        _ time: ManualTime,
        seconds: Int,
        recordsPerSecond: Int,
        _ expected: inout [String: Int]
    ) async throws {
        let interval = Limits.onDemandSampleIntervalInSeconds
        for _ in 0..<seconds / interval {
            let stream = try await streams.stream(name: "flights")
            let records = stream.openShardsByHashKey.flatMap { shard in
                Array(
                    repeating: NewRecord(shard: shard.id, partitionKey: "k", data: ByteBuffer(string: "x")),
                    count: recordsPerSecond * interval
                )
            }
            for result in try await streams.append(records, stream: stream) {
                expected["\(try result.number().shard)", default: 0] += 1
            }
            time.advance(milliseconds: Int64(interval) * 1000)
            try await streams.performUpkeep()
        }
    }

    @Test func theShardsFollowTheLoad() async throws {
        let time = ManualTime()
        try await withNewFolder(time: time) { folder in
            let streams = folder.streams
            var expected: [String: Int] = [:]
            try await makeStream(streams)
            try await streams.setRetention(stream: "flights", hours: 100)
            try await streams.performUpkeep()
            try await run(streams, time, seconds: 100, recordsPerSecond: 10, &expected)
            #expect(try await shardCount(streams) == 4)
            // One sample is enough to be hot, a minute of them to be split.
            try await run(streams, time, seconds: 50, recordsPerSecond: 500, &expected)
            #expect(try await shardCount(streams) == 4)
            try await run(streams, time, seconds: 10, recordsPerSecond: 500, &expected)
            let grown = try await streams.stream(name: "flights")
            #expect(grown.openShardsByHashKey.count == 8)
            #expect(grown.status == .active)
            #expect(try await streams.usage().openShardCount == 8)
            try await run(streams, time, seconds: 100, recordsPerSecond: 10, &expected)

            // A quiet day, then another.
            for _ in 0..<2 {
                time.advance(hours: 25)
                try await streams.performUpkeep()
                time.advance(milliseconds: 10_000)
                try await streams.performUpkeep()
            }
            let small = try await streams.stream(name: "flights")
            #expect(small.openShardsByHashKey.count == 4)
            #expect(try await streams.usage().openShardCount == 4)
            // Every record is read once, whatever became of its shard.
            for shard in small.shards {
                let texts = try await streams.readAll(shard: shard.id.number, of: small).texts
                #expect(texts.count == expected["\(shard.id.number)"] ?? 0)
            }
        }
    }

    @Test func aProvisionedStreamIsLeftAlone() async throws {
        let time = ManualTime()
        try await withNewFolder(time: time) { folder in
            _ = try await folder.streams.makeStream(shards: 2)
            var expected: [String: Int] = [:]
            try await run(folder.streams, time, seconds: 120, recordsPerSecond: 700, &expected)
            #expect(try await shardCount(folder.streams) == 2)
        }
    }

    @Test func warmThroughputTakesEffectAtOnce() async throws {
        var configuration = DataFolder.Configuration()
        configuration.maximumOpenShardCount = 40
        let time = ManualTime()
        try await withNewFolder(configuration: configuration, time: time) { folder in
            let streams = folder.streams
            try await makeStream(streams)
            try await streams.performUpkeep()
            func change(to throughput: Int) async throws -> Int {
                _ = try await streams.changeSettings(of: "flights", .warmThroughput(mebibytesPerSecond: throughput))
                let stream = try await streams.stream(name: "flights")
                #expect(stream.settings.warmThroughputMiBps == throughput)
                return stream.openShardsByHashKey.count
            }
            // As long as the load of a day is not known, the stream does not become smaller.
            for throughput in [20, 7, 20] { #expect(try await change(to: throughput) == 20) }
            time.advance(hours: 25)
            try await streams.performUpkeep()
            // A change of nothing is none.
            #expect(try await change(to: 20) == 20)
            for (throughput, shards) in [(7, 7), (1, 4), (5, 5)] {
                #expect(try await change(to: throughput) == shards)
            }
            // What the account has no room for changes nothing.
            let error = await serviceError { () async throws(ServiceError) in
                _ = try await streams.changeSettings(of: "flights", .warmThroughput(mebibytesPerSecond: 41))
            }
            #expect(error?.code == .limitExceeded)
            #expect(try await streams.stream(name: "flights").settings.warmThroughputMiBps == 5)
            #expect(try await streams.usage().openShardCount == 5)
        }
    }

    @Test func aChangeOfModeKeepsTheShardsUnlessMoreAreAskedFor() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            _ = try await streams.makeStream(shards: 9)
            _ = try await streams.changeSettings(of: "flights", .mode(.onDemand, warmThroughputMiBps: 3))
            #expect(try await shardCount(streams) == 9)
            _ = try await streams.changeSettings(of: "flights", .mode(.provisioned, warmThroughputMiBps: nil))
            #expect(try await shardCount(streams) == 9)
        }
        try await withNewFolder { folder in
            _ = try await folder.streams.makeStream(shards: 1)
            _ = try await folder.streams.changeSettings(of: "flights", .mode(.onDemand, warmThroughputMiBps: 6))
            #expect(try await shardCount(folder.streams) == 6)
        }
    }

    /// As after a crash between the change of the settings and the shards.
    @Test func whatIsToBeKeptReadyIsMadeUpFor() async throws {
        try await withNewFolder { folder in
            try await makeStream(folder.streams, warm: 11)
            try await folder.streams.performUpkeep()
            #expect(try await shardCount(folder.streams) == 11)
        }
    }

    @Test func aScalingWithoutRoomIsTriedAgain() async throws {
        var configuration = DataFolder.Configuration()
        configuration.maximumOpenShardCount = 9
        let time = ManualTime()
        try await withNewFolder(configuration: configuration, time: time) { folder in
            let streams = folder.streams
            try await streams.createStream(name: "other", shardCount: 4, tags: [:])
            try await makeStream(streams)
            var expected: [String: Int] = [:]
            try await streams.performUpkeep()
            try await run(streams, time, seconds: 70, recordsPerSecond: 600, &expected)
            // There is room for one split.
            #expect(try await shardCount(streams) == 5)
            #expect(try await streams.stream(name: "flights").status == .active)
            try await streams.deleteStream(name: "other")
            try await run(streams, time, seconds: 70, recordsPerSecond: 600, &expected)
            #expect(try await shardCount(streams) == 9)
        }
    }

    /// A time in which nothing was counted says nothing about the load.
    @Test func aReturnToOnDemandWatchesTheLoadAnew() async throws {
        let time = ManualTime()
        try await withNewFolder(time: time) { folder in
            let streams = folder.streams
            var expected: [String: Int] = [:]
            try await makeStream(streams, shards: 8)
            try await streams.performUpkeep()
            try await run(streams, time, seconds: 20, recordsPerSecond: 300, &expected)
            _ = try await streams.changeSettings(of: "flights", .mode(.provisioned, warmThroughputMiBps: nil))
            for _ in 0..<3 {
                time.advance(hours: 10)
                try await streams.performUpkeep()
            }
            _ = try await streams.changeSettings(of: "flights", .mode(.onDemand, warmThroughputMiBps: nil))
            try await run(streams, time, seconds: 30, recordsPerSecond: 300, &expected)
            #expect(try await shardCount(streams) == 8)
            // Nor is a day of silence known, from before.
            _ = try await streams.changeSettings(of: "flights", .warmThroughput(mebibytesPerSecond: 1))
            #expect(try await shardCount(streams) == 8)
        }
    }

    @Test func aRefusedChangeOfModeLeavesTheShardsAndTheCountAsTheyWere() async throws {
        var configuration = DataFolder.Configuration()
        configuration.maximumOnDemandStreamCount = 1
        configuration.maximumOpenShardCount = 20
        try await withNewFolder(configuration: configuration) { folder in
            let streams = folder.streams
            _ = try await streams.makeStream("other", shards: 4)
            _ = try await streams.makeStream()
            func refusal(_ throughput: Int) async -> ServiceError? {
                await serviceError { () async throws(ServiceError) in
                    let change = StreamSettingsChange.mode(.onDemand, warmThroughputMiBps: throughput)
                    _ = try await streams.changeSettings(of: "flights", change)
                }
            }
            // No room for so many shards.
            #expect(await refusal(17)?.code == .limitExceeded)
            #expect(try await streams.usage().onDemandStreamCount == 0)
            // No room for another stream on demand.
            _ = try await streams.changeSettings(of: "other", .mode(.onDemand, warmThroughputMiBps: 4))
            #expect(await refusal(8)?.code == .limitExceeded)
            #expect(try await shardCount(streams) == 1)
            let usage = try await streams.usage()
            #expect(usage.onDemandStreamCount == 1 && usage.openShardCount == 5)
            // A change of mode that is carried out counts once.
            _ = try await streams.changeSettings(of: "other", .mode(.provisioned, warmThroughputMiBps: nil))
            #expect(await refusal(8) == nil)
            #expect(try await streams.usage().onDemandStreamCount == 1)
            #expect(try await shardCount(streams) == 8)
        }
    }
}
