import NIOCore
import Testing
import WeirModel
import WeirRuntime

@testable import WeirStore

@Suite struct StreamLifecycleTests {
    @Test func aNewStreamIsActiveAndDividesTheHashKeys() async throws {
        try await withNewFolder { folder in
            try await folder.streams.createStream(name: "flights", shardCount: 4, tags: ["team": "ops"])
            let stream = try await folder.streams.stream(name: "flights")
            #expect(stream.status == .active)
            #expect(stream.retentionHours == Limits.minimumRetentionHours)
            #expect(stream.tags == ["team": "ops"])
            #expect(stream.shards.map(\.hashKeyRange) == HashKeyRange.uniform(count: 4))
            #expect(stream.shards.map(\.id.number) == [0, 1, 2, 3])
            #expect(stream.createdAt.millisecondsSinceEpoch == ManualTime.start)
        }
    }

    @Test func aNameIsTakenOnce() async throws {
        try await withNewFolder { folder in
            _ = try await folder.streams.makeStream()
            let error = await serviceError { () async throws(ServiceError) in
                try await folder.streams.createStream(name: "flights", shardCount: 1, tags: [:])
            }
            #expect(error?.code == .resourceInUse)
            #expect(error?.message == "Stream flights under account 000000000000 already exists.")
        }
    }

    @Test func ofManyCreationsAtOnceOneSucceeds() async throws {
        try await withNewFolder { folder in
            let outcomes = await withTaskGroup(of: ServiceError?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let error = await serviceError { () async throws(ServiceError) in
                            try await folder.streams.createStream(name: "flights", shardCount: 1, tags: [:])
                        }
                        // Who came second finds what the first made.
                        let found = try? await folder.streams.stream(name: "flights")
                        #expect(found?.status == .active)
                        return error
                    }
                }
                return await group.reduce(into: []) { $0.append($1?.code) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .resourceInUse } == 7)
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            try await streams.deleteStream(name: "flights")
            let start = ShardPosition(index: 0)
            let errors = [
                await serviceError { () async throws(ServiceError) in _ = try await streams.stream(name: "flights") },
                await serviceError { () async throws(ServiceError) in try await streams.deleteStream(name: "flights") },
                await serviceError { () async throws(ServiceError) in
                    try await streams.setRetention(stream: "flights", hours: 48)
                },
                await serviceError { () async throws(ServiceError) in
                    try await streams.splitShard(
                        stream: "flights",
                        shard: ShardID(0),
                        newStartingHashKey: HashKey(9)
                    )
                },
                await serviceError { () async throws(ServiceError) in
                    try await streams.mergeShards(stream: "flights", shard: ShardID(0), adjacent: ShardID(1))
                },
                await serviceError { () async throws(ServiceError) in
                    _ = try await streams.append([], stream: stream)
                },
                await serviceError { () async throws(ServiceError) in
                    _ = try await streams.position(.latest, shard: ShardID(0), stream: stream)
                },
                await serviceError { () async throws(ServiceError) in
                    _ = try await streams.read(
                        from: start,
                        shard: ShardID(0),
                        stream: stream,
                        maximumCount: 1,
                        maximumBytes: 1
                    )
                },
            ]
            for error in errors {
                #expect(error?.code == .resourceNotFound)
                #expect(error?.message == "Stream flights under account 000000000000 not found.")
            }
        }
    }

    @Test func aStreamMadeAgainIsAnother() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let first = try await streams.makeStream()
            let old = try await streams.put(["old"], of: first)
            try await streams.deleteStream(name: "flights")
            let second = try await streams.makeStream()

            #expect(second.id > first.id)
            #expect(second.createdAt > first.createdAt)
            #expect(try await streams.readAll(of: second).texts == [])
            let new = try await streams.put(["new"], of: second)
            #expect(new[0] > old[0])

            let stale = await serviceError { () async throws(ServiceError) in
                _ = try await streams.append([], stream: first)
            }
            #expect(stale?.code == .resourceNotFound)
            let error = await serviceError { () async throws(ServiceError) in
                _ = try await streams.position(.afterSequenceNumber(old[0]), shard: ShardID(0), stream: second)
            }
            #expect(error?.code == .invalidArgument)
            #expect(
                error?.message
                    == "StartingSequenceNumber \(old[0]) used in GetShardIterator on shard shardId-000000000000 in stream "
                    + "flights under account 000000000000 is invalid because it did not come from this stream."
            )
        }
    }

    @Test func creationTimesGrowWhenTheClockGoesBack() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            let first = try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let stream = try await folder.streams.makeStream()
                try await folder.streams.deleteStream(name: "flights")
                return stream
            }
            time.advance(hours: -5)
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let second = try await folder.streams.makeStream()
                #expect(second.createdAt > first.createdAt)
                #expect(second.id > first.id)
            }
        }
    }

    @Test func namesComeInTheOrderOfTheirBytes() async throws {
        try await withNewFolder { folder in
            for name in ["b", "a.b", "A", "a", "a_b", "c"] { _ = try await folder.streams.makeStream(name) }
            try await folder.streams.deleteStream(name: "c")
            let streams = folder.streams
            #expect(try await streams.streamNames(after: nil, limit: 10) == ["A", "a", "a.b", "a_b", "b"])
            #expect(try await streams.streamNames(after: nil, limit: 2) == ["A", "a"])
            #expect(try await streams.streamNames(after: "a", limit: 2) == ["a.b", "a_b"])
            #expect(try await streams.streamNames(after: "a0", limit: 1) == ["a_b"])
            #expect(try await streams.streamNames(after: "b", limit: 1) == [])
            #expect(try await streams.streamNames(after: nil, limit: 0) == [])
        }
    }

    @Test func theLimitOfOpenShardsHolds() async throws {
        var configuration = DataFolder.Configuration()
        configuration.maximumOpenShardCount = 3
        try await withNewFolder(configuration: configuration) { folder in
            let streams = folder.streams
            _ = try await streams.makeStream("two", shards: 2)
            let error = await serviceError { () async throws(ServiceError) in
                try await streams.createStream(name: "other", shardCount: 2, tags: [:])
            }
            #expect(error?.code == .limitExceeded)
            #expect(
                error?.message.hasPrefix(
                    "This request would exceed the shard limit for the account 000000000000 in us-east-1. Current shard "
                        + "count for the account: 2. Limit: 3. Number of additional shards that would have resulted from "
                        + "this request: 2."
                ) == true
            )
            _ = try await streams.makeStream("one")
            let split = await serviceError { () async throws(ServiceError) in
                try await streams.splitShard(stream: "one", shard: ShardID(0), newStartingHashKey: HashKey(9))
            }
            #expect(split?.code == .limitExceeded)
            #expect(try await streams.stream(name: "one").status == .active)

            try await streams.mergeShards(stream: "two", shard: ShardID(0), adjacent: ShardID(1))
            try await streams.splitShard(stream: "one", shard: ShardID(0), newStartingHashKey: HashKey(9))
            try await streams.deleteStream(name: "one")
            _ = try await streams.makeStream("other", shards: 2)
        }
    }

    @Test(arguments: [-1, 0, Limits.maximumShardCount + 1])
    func aShardCountOutOfRangeIsRefused(count: Int) async throws {
        try await withNewFolder { folder in
            let error = await serviceError { () async throws(ServiceError) in
                try await folder.streams.createStream(name: "flights", shardCount: count, tags: [:])
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test func aStreamOfTheMostShardsIsMadeAndFoundAgain() async throws {
        try await withTemporaryPath { path in
            let count = Limits.maximumShardCount
            try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                _ = try await folder.streams.makeStream(shards: count)
            }
            try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                #expect(stream.openShardsByHashKey.count == count)
                try await folder.streams.put(["x"], shard: UInt32(count - 1), of: stream)
                #expect(try await folder.streams.readAll(shard: UInt32(count - 1), of: stream).texts == ["x"])
                let error = await serviceError { () async throws(ServiceError) in
                    try await folder.streams.createStream(name: "other", shardCount: 1, tags: [:])
                }
                #expect(error?.code == .limitExceeded)
            }
        }
    }

    @Test func streamsOfferNothingAfterClosing() async throws {
        try await withTemporaryPath { path in
            let folder = try await DataFolder.open(path: path, time: ManualTime(), logger: quiet)
            let stream = try await folder.streams.makeStream()
            await folder.close()
            await folder.close()
            let errors = [
                await serviceError { () async throws(ServiceError) in
                    try await folder.streams.createStream(name: "b", shardCount: 1, tags: [:])
                },
                await serviceError { () async throws(ServiceError) in
                    try await folder.streams.deleteStream(name: "flights")
                },
                await serviceError { () async throws(ServiceError) in
                    let record = NewRecord(shard: ShardID(0), partitionKey: "a", data: ByteBuffer())
                    _ = try await folder.streams.append([record], stream: stream)
                },
                await serviceError { () async throws(ServiceError) in
                    _ = try await folder.tables.tableNames(after: nil, limit: 1)
                },
            ]
            #expect(errors.map { $0?.code } == Array(repeating: .serviceUnavailable, count: errors.count))
        }
    }
}
