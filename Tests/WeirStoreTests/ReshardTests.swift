import GRDB
import NIOCore
import Synchronization
import Testing
import WeirModel

@testable import WeirStore

@Suite struct ReshardTests {
    static let middle = HashKey(1 << 127)

    @Test func aSplitEndsTheParentAndOpensTwo() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let old = try await streams.makeStream(shards: 2)
            let last = try await streams.put(["a", "b"], shard: 0, of: old)[1]
            try await streams.splitShard(stream: "flights", shard: ShardID(0), newStartingHashKey: HashKey(1 << 100))

            let stream = try await streams.stream(name: "flights")
            #expect(stream.status == .active)
            #expect(stream.openShardsByHashKey.map(\.id.number) == [2, 3, 1])
            let ending = try #require(stream.shards[0].endingSequenceNumber)
            #expect(ending >= last)
            #expect(stream.children(of: ShardID(0)).allSatisfy { $0.startingSequenceNumber > ending })

            // The old snapshot is answered as well as the new one.
            let record = NewRecord(shard: ShardID(0), partitionKey: "a", data: ByteBuffer(string: "late"))
            let results = try await streams.append([record], stream: old)
            #expect(throws: ShardWasClosed.self) { try results[0].number() }
            let child = try await streams.put(["c"], shard: 3, of: stream)[0]
            #expect(child > ending)

            #expect(try await streams.readAll(shard: 0, of: old) == (["a", "b"], true))
            #expect(try await streams.readAll(shard: 3, of: stream) == (["c"], false))
            #expect(try await streams.readAll(shard: 2, of: stream) == ([], false))
        }
    }

    @Test func aClockThatIsSetBackTakesNoTimeFromTheRecordsOfAParent() async throws {
        let time = ManualTime()
        try await withNewFolder(time: time) { folder in
            let streams = folder.streams
            let old = try await streams.makeStream(shards: 1)
            try await streams.put(["a"], of: old)
            time.advance(hours: -10)
            try await streams.splitShard(stream: "flights", shard: ShardID(0), newStartingHashKey: Self.middle)
            time.advance(hours: 10 + 23)
            try await streams.enforceRetention()
            #expect(try await streams.readAll(of: old) == (["a"], true))
            time.advance(hours: 2)
            try await streams.enforceRetention()
            #expect(try await streams.stream(name: "flights").shards.map(\.id.number) == [1, 2])
        }
    }

    @Test func whatComesAfterTheStartOfAChildIsItsFirstRecord() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            _ = try await streams.makeStream(shards: 1)
            try await streams.splitShard(stream: "flights", shard: ShardID(0), newStartingHashKey: Self.middle)
            let stream = try await streams.stream(name: "flights")
            let start = stream.shards[1].startingSequenceNumber
            let before = try await streams.position(.afterSequenceNumber(start), shard: ShardID(1), stream: stream)
            let first = try await streams.put(["a"], shard: 1, of: stream)[0]
            #expect(first > start)
            for position in [
                before, try await streams.position(.afterSequenceNumber(start), shard: ShardID(1), stream: stream),
                try await streams.position(.atSequenceNumber(start), shard: ShardID(1), stream: stream),
            ] {
                let read = try await streams.read(
                    from: position,
                    shard: ShardID(1),
                    stream: stream,
                    maximumCount: 10,
                    maximumBytes: 1 << 20
                )
                #expect(read.records.map(\.sequenceNumber) == [first])
            }
        }
    }

    @Test func aMergeEndsBothParents() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let old = try await streams.makeStream(shards: 2)
            try await streams.put(["a"], shard: 0, of: old)
            try await streams.put(["b"], shard: 1, of: old)
            try await streams.mergeShards(stream: "flights", shard: ShardID(0), adjacent: ShardID(1))
            let stream = try await streams.stream(name: "flights")
            #expect(stream.openShardsByHashKey.map(\.hashKeyRange) == [.all])
            #expect(stream.shards[2].parent == ShardID(0) && stream.shards[2].adjacentParent == ShardID(1))
            try await streams.put(["c"], shard: 2, of: stream)
            #expect(try await streams.readAll(shard: 0, of: stream) == (["a"], true))
            #expect(try await streams.readAll(shard: 1, of: stream) == (["b"], true))
            #expect(try await streams.readAll(shard: 2, of: stream) == (["c"], false))
        }
    }

    @Test(arguments: [1, 2, 3, 100])
    func aClosedShardEndsExactlyWhenItWasRead(maximumCount: Int) async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let old = try await streams.makeStream()
            try await streams.put(["a", "b", "c"], of: old)
            try await streams.splitShard(stream: "flights", shard: ShardID(0), newStartingHashKey: Self.middle)
            let stream = try await streams.stream(name: "flights")
            try await streams.put(["behind"], shard: 1, of: stream)

            var position: ShardPosition? = ShardPosition(index: 0)
            var seen: [String] = []
            while let place = position {
                let read = try await streams.read(
                    from: place,
                    shard: ShardID(0),
                    stream: stream,
                    maximumCount: maximumCount,
                    maximumBytes: 1 << 20
                )
                seen += read.records.map { String(buffer: $0.data) }
                #expect((read.next == nil) == (seen.count == 3))
                position = read.next
            }
            #expect(seen == ["a", "b", "c"])
            let ends: [ShardStart] = [
                .latest, .atSequenceNumber(try #require(stream.shards[0].endingSequenceNumber)),
                .afterSequenceNumber(try #require(stream.shards[0].endingSequenceNumber)),
            ]
            for start in ends {
                #expect(try await streams.readAll(of: stream, from: start) == ([], true))
            }
        }
    }

    @Test func anEmptyClosedShardEndsAtOnce() async throws {
        try await withNewFolder { folder in
            let old = try await folder.streams.makeStream()
            try await folder.streams.splitShard(stream: "flights", shard: ShardID(0), newStartingHashKey: Self.middle)
            #expect(try await folder.streams.readAll(of: old) == ([], true))
        }
    }

    @Test func aReshardThatFailsChangesNothing() async throws {
        try await withTemporaryPath { path in
            let folder = try await DataFolder.open(path: path, time: ManualTime(), logger: quiet)
            let streams = folder.streams
            let stream = try await streams.makeStream()
            try await streams.put(["a"], of: stream)

            // Another connection holds SQLite's write lock, so that the commit is refused.
            var unsafe = GRDB.Configuration()
            unsafe.allowsUnsafeTransactions = true
            let blocker = try DatabaseQueue(path: "\(path)/catalogue.sqlite", configuration: unsafe)
            try await blocker.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
            let errors = [
                await serviceError { () async throws(ServiceError) in
                    try await streams.splitShard(
                        stream: "flights",
                        shard: ShardID(0),
                        newStartingHashKey: Self.middle
                    )
                },
                await serviceError { () async throws(ServiceError) in
                    try await streams.createStream(name: "other", shardCount: 1, tags: [:])
                },
                await serviceError { () async throws(ServiceError) in
                    try await streams.deleteStream(name: "flights")
                },
                await serviceError { () async throws(ServiceError) in
                    try await streams.setRetention(stream: "flights", hours: 48)
                },
            ]
            #expect(errors.map { $0?.code } == Array(repeating: .serviceUnavailable, count: errors.count))
            let after = try await streams.stream(name: "flights")
            #expect(after.shards == stream.shards)
            #expect(after.status == .active)
            #expect(after.retentionHours == 24)
            try await streams.put(["b"], of: stream)

            try await blocker.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            try blocker.close()
            try await streams.splitShard(stream: "flights", shard: ShardID(0), newStartingHashKey: Self.middle)
            _ = try await streams.makeStream("other")
            #expect(try await streams.readAll(of: stream) == (["a", "b"], true))
            await folder.close()
        }
    }

    @Test func reshardsAtOnceAreRefusedOrFollowEachOther() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            _ = try await streams.makeStream(shards: 8)
            let ranges = HashKeyRange.uniform(count: 8)
            let codes = await withTaskGroup(of: ServiceError.Code?.self) { group in
                for (number, range) in ranges.enumerated() {
                    let key = HashKey(range.starting.value + (1 << 100))
                    group.addTask {
                        return await serviceError { () async throws(ServiceError) in
                            try await streams.splitShard(
                                stream: "flights",
                                shard: ShardID(UInt32(number)),
                                newStartingHashKey: key
                            )
                        }?.code
                    }
                }
                return await group.reduce(into: [ServiceError.Code?]()) { $0.append($1) }
            }
            let splits = codes.count { $0 == nil }
            #expect(splits >= 1)
            #expect(codes.allSatisfy { $0 == nil || $0 == .resourceInUse })
            let stream = try await streams.stream(name: "flights")
            #expect(stream.openShardsByHashKey.count == 8 + splits)
            #expect(stream.shards.map(\.id.number) == (0..<UInt32(8 + 2 * splits)).map { $0 })
            // The open shards cover the hash keys without a gap.
            #expect(stream.openShardsByHashKey.first?.hashKeyRange.starting == .minimum)
            #expect(stream.openShardsByHashKey.last?.hashKeyRange.ending == .maximum)
            for (left, right) in zip(stream.openShardsByHashKey, stream.openShardsByHashKey.dropFirst()) {
                #expect(left.hashKeyRange.ending.value + 1 == right.hashKeyRange.starting.value)
            }
        }
    }
}
