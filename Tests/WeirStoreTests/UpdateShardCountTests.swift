import NIOCore
import Testing
import WeirModel

@testable import WeirStore

@Suite struct UpdateShardCountTests {
    private func update(_ streams: EmbeddedStreamStore, _ target: Int) async throws -> StreamDescription {
        let before = try await streams.stream(name: "flights").openShardsByHashKey.count
        #expect(try await streams.updateShardCount(of: "flights", to: target) == before)
        return try await streams.stream(name: "flights")
    }

    private func refusal(_ streams: EmbeddedStreamStore, _ target: Int) async -> ServiceError? {
        await serviceError { () async throws(ServiceError) in
            _ = try await streams.updateShardCount(of: "flights", to: target)
        }
    }

    /// Every record is read once, those of a key in their order, by a reader that goes from parents to children.
    @Test func aReaderFollowsTheShards() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            var stream = try await streams.makeStream(shards: 3)
            var expected: [String: [String]] = [:]
            for (round, target) in [5, 4, 8, 7, 14, 9, 5].enumerated() {
                for number in 0..<60 {
                    let key = "key-\(number % 20)"
                    let text = "\(round)-\(number)"
                    let shard = try #require(stream.openShard(for: HashKey(partitionKey: key)))
                    try await streams.put([text], key: key, shard: shard.id.number, of: stream)
                    expected[key, default: []].append(text)
                }
                stream = try await update(streams, target)
                #expect(stream.status == .active)
                #expect(stream.openShardsByHashKey.count == target)
                for (shard, ideal) in zip(stream.openShardsByHashKey, HashKeyRange.uniform(count: target)) {
                    let starts = [shard.hashKeyRange.starting.value, ideal.starting.value].sorted()
                    #expect(starts[1] - starts[0] <= HashKeyRange.roundingInHashKeys)
                }
            }
            #expect(try await streams.usage().openShardCount == 5)

            // Parents have smaller numbers. Whoever begins at the first shards comes to all others.
            var reached = Set(stream.shards.filter { $0.parent == nil }.map(\.id))
            var read: [String: [String]] = [:]
            for shard in stream.shards {
                try #require(reached.contains(shard.id))
                var position = try await streams.position(.trimHorizon, shard: shard.id, stream: stream)
                while true {
                    let part = try await streams.read(
                        from: position,
                        shard: shard.id,
                        stream: stream,
                        maximumCount: 7,
                        maximumBytes: 1 << 20
                    )
                    for record in part.records {
                        read[record.partitionKey, default: []].append(String(buffer: record.data))
                    }
                    guard let next = part.next else { break }
                    if part.records.isEmpty { break }
                    position = next
                }
                let children = stream.children(of: shard.id)
                #expect(children.isEmpty == shard.isOpen)
                #expect(children.count <= 2)
                reached.formUnion(children.map(\.id))
            }
            #expect(read == expected)
        }
    }

    @Test func theTargetIsBetweenHalfAndDouble() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            _ = try await streams.makeStream(shards: 5)
            let above = await refusal(streams, 11)
            #expect(above?.code == .limitExceeded)
            #expect(
                above?.message == "UpdateShardCount cannot scale up over double your current open shard count. "
                    + "Current open shard count: 5 Target shard count: 11"
            )
            let below = await refusal(streams, 2)
            #expect(below?.code == .limitExceeded)
            #expect(
                below?.message == "UpdateShardCount cannot scale down below half your current open shard count. "
                    + "Current open shard count: 5 Target shard count: 2"
            )
            #expect(try await update(streams, 3).openShardsByHashKey.count == 3)
            #expect(try await update(streams, 6).openShardsByHashKey.count == 6)
        }
    }

    @Test func tenThousandShardsAreTheMost() throws {
        let errors = StreamErrors(accountID: "000000000000", region: "us-east-1")
        func refusal(_ current: Int, _ target: Int) -> ServiceError.Code? {
            do throws(ServiceError) {
                _ = try ReshardPlan.shardCount(
                    target,
                    of: StreamStateMachineTests.stream(shards: current),
                    recent: RecentChanges(),
                    limits: DailyChangeLimits(),
                    at: Timestamp(millisecondsSinceEpoch: 0),
                    errors: errors
                )
                return nil
            } catch {
                return error.code
            }
        }
        #expect(refusal(6_000, 10_000) == nil)
        #expect(refusal(6_000, 10_001) == .limitExceeded)
        #expect(refusal(12_000, 11_000) == .limitExceeded)
        #expect(refusal(12_000, 10_000) == .limitExceeded)
        #expect(refusal(12_000, 9_999) == nil)
    }

    @Test func tenChangesADayOutliveTheProcess() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                _ = try await folder.streams.makeStream(shards: 2)
                for target in [3, 4, 3, 4, 3, 4, 3, 4, 3] { _ = try await update(folder.streams, target) }
                // What changes nothing does not count.
                _ = try await update(folder.streams, 3)
                time.advance(hours: 1)
                _ = try await update(folder.streams, 4)
            }
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let error = await refusal(folder.streams, 3)
                #expect(error?.code == .limitExceeded)
                #expect(
                    error?.message
                        == "Rate exceeded for stream flights under account 000000000000. You cannot update the "
                        + "shard count of your data stream more than 10 times within 24 hours."
                )
                time.advance(hours: 23)
                let stream = try await update(folder.streams, 3)
                #expect(stream.openShardsByHashKey.count == 3)
            }
        }
    }

    @Test func theLimitOfTheAccountHolds() async throws {
        var configuration = DataFolder.Configuration()
        configuration.maximumOpenShardCount = 5
        try await withNewFolder(configuration: configuration) { folder in
            let before = try await folder.streams.makeStream(shards: 3)
            #expect(await refusal(folder.streams, 6)?.code == .limitExceeded)
            let after = try await folder.streams.stream(name: "flights")
            #expect(after.shards == before.shards && after.status == .active)
            #expect(try await update(folder.streams, 5).openShardsByHashKey.count == 5)
        }
    }

    @Test func theShardsOfAStreamOnDemandAreTheServersAffair() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            try await streams.createStream(
                name: "flights",
                shardCount: 4,
                settings: StreamSettings(mode: .onDemand),
                tags: [:]
            )
            let error = await refusal(streams, 8)
            #expect(error?.code == .validation)
            #expect(
                error?.message
                    == "UpdateShardCount is only supported for data streams with the provisioned capacity mode. "
                    + "Stream flights under account 000000000000 is in ON_DEMAND mode."
            )
            let split = await serviceError { () async throws(ServiceError) in
                try await streams.splitShard(stream: "flights", shard: ShardID(0), newStartingHashKey: HashKey(9))
            }
            let merge = await serviceError { () async throws(ServiceError) in
                try await streams.mergeShards(stream: "flights", shard: ShardID(0), adjacent: ShardID(1))
            }
            #expect(split?.code == .validation && merge?.code == .validation)
        }
    }
}
