import NIOCore
import Testing
import WeirModel
import WeirRuntime

@testable import WeirStore

@Suite struct WaitForRecordsTests {
    private func tip(_ stream: StreamDescription, shard: UInt32 = 0, in streams: EmbeddedStreamStore) async throws
        -> ShardPosition
    {
        try await streams.position(.latest, shard: ShardID(shard), stream: stream)
    }

    /// Waits in a task of its own until the reader is in its wait, and then does something.
    private func waiting(
        at position: ShardPosition,
        shard: UInt32 = 0,
        _ stream: StreamDescription,
        _ streams: EmbeddedStreamStore,
        then body: (Task<ServiceError?, Never>) async throws -> Void
    ) async throws -> ServiceError? {
        let live = try streams.live(stream.name)
        let reader = Task {
            await serviceError { () async throws(ServiceError) in
                try await streams.waitForRecords(from: position, shard: ShardID(shard), stream: stream)
            }
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while live.watch.watchCount == 0, ContinuousClock.now < deadline { await Task.yield() }
        #expect(live.watch.watchCount == 1)
        try await body(reader)
        return await reader.value
    }

    @Test func whatIsThereIsNotWaitedFor() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream(shards: 2)
            let start = try await tip(stream, in: folder.streams)
            try await folder.streams.put(["a"], of: stream)
            try await folder.streams.waitForRecords(from: start, shard: ShardID(0), stream: stream)
            // The same before the first record of the log.
            try await folder.streams.waitForRecords(from: ShardPosition(index: 0), shard: ShardID(0), stream: stream)
        }
    }

    @Test func anAppendEndsTheWait() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream(shards: 2)
            let start = try await tip(stream, in: streams)
            let error = try await waiting(at: start, stream, streams) { _ in
                // What is appended to another shard wakes nobody; if it did, the wait would only begin anew.
                try await streams.put(["other"], shard: 1, of: stream)
                try await streams.put(["a"], of: stream)
            }
            #expect(error == nil)
            let read = try await streams.read(
                from: start,
                shard: ShardID(0),
                stream: stream,
                maximumCount: 10,
                maximumBytes: 10
            )
            #expect(read.records.map { String(buffer: $0.data) } == ["a"])
        }
    }

    @Test func theEndOfAShardEndsTheWait() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream(shards: 2)
            let start = try await tip(stream, shard: 1, in: streams)
            let error = try await waiting(at: start, shard: 1, stream, streams) { _ in
                try await streams.mergeShards(stream: "flights", shard: ShardID(0), adjacent: ShardID(1))
            }
            #expect(error == nil)
            let read = try await streams.read(
                from: start,
                shard: ShardID(1),
                stream: stream,
                maximumCount: 1,
                maximumBytes: 1
            )
            #expect(read.next == nil)
        }
    }

    @Test func theEndOfTheStreamEndsTheWait() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            let start = try await tip(stream, in: streams)
            let error = try await waiting(at: start, stream, streams) { _ in
                try await streams.deleteStream(name: "flights")
            }
            #expect(error?.code == .resourceNotFound)
        }
    }

    @Test func closingTheFolderEndsTheWait() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            let start = try await tip(stream, in: streams)
            // The read that follows tells what has happened.
            #expect(try await waiting(at: start, stream, streams) { _ in await folder.close() } == nil)
            let error = await serviceError { () async throws(ServiceError) in
                _ = try await streams.read(
                    from: start,
                    shard: ShardID(0),
                    stream: stream,
                    maximumCount: 1,
                    maximumBytes: 1
                )
            }
            #expect(error?.code == .serviceUnavailable)
        }
    }

    @Test func cancellationEndsTheWait() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            let start = try await tip(stream, in: streams)
            #expect(try await waiting(at: start, stream, streams) { $0.cancel() } == nil)
            #expect(try streams.live("flights").watch.watchCount == 0)
            // A task that was cancelled before does not wait at all.
            let cancelled = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await streams.waitForRecords(from: start, shard: ShardID(0), stream: stream)
            }
            try await cancelled.value
        }
    }

    @Test func aShardThatThereIsNotIsNotWaitedFor() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            let error = await serviceError { () async throws(ServiceError) in
                try await folder.streams.waitForRecords(
                    from: ShardPosition(index: 0),
                    shard: ShardID(9),
                    stream: stream
                )
            }
            #expect(error?.code == .resourceNotFound)
        }
    }

    /// Many readers of many shards, each of which waits for every record of its shard, and appends that do not wait for
    /// them.
    @Test func manyReadersMissNothing() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let shardCount = 4
            let recordCount = 50
            let stream = try await streams.makeStream(shards: shardCount)
            try await withThrowingTaskGroup(of: [String].self) { group in
                for reader in 0..<3 * shardCount {
                    group.addTask {
                        let shard = ShardID(UInt32(reader % shardCount))
                        var position = try await streams.position(.trimHorizon, shard: shard, stream: stream)
                        var texts: [String] = []
                        while texts.count < recordCount {
                            try await streams.waitForRecords(from: position, shard: shard, stream: stream)
                            let read = try await streams.read(
                                from: position,
                                shard: shard,
                                stream: stream,
                                maximumCount: 7,
                                maximumBytes: 1 << 20
                            )
                            #expect(!read.records.isEmpty)
                            texts += read.records.map { String(buffer: $0.data) }
                            position = try #require(read.next)
                        }
                        return texts
                    }
                }
                for shard in 0..<shardCount {
                    group.addTask {
                        for number in 0..<recordCount {
                            try await streams.put(["\(number)"], shard: UInt32(shard), of: stream)
                        }
                        return (0..<recordCount).map(String.init)
                    }
                }
                for try await texts in group { #expect(texts == (0..<recordCount).map(String.init)) }
            }
            #expect(try streams.live("flights").watch.watchCount == 0)
        }
    }

    @Test func aNumberBetweenRecordsLeadsBackToItsPlace() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream(shards: 2)
            // Before, between and behind the records of the shard, and some that stand between records of the other.
            var places = [try await streams.position(.trimHorizon, shard: ShardID(0), stream: stream)]
            for number in 0..<3 {
                places.append(try await tip(stream, in: streams))
                try await streams.put(["\(number)"], of: stream)
                try await streams.put(["other"], shard: 1, of: stream)
                places.append(try await tip(stream, in: streams))
            }
            try await streams.put(["later"], of: stream)
            for place in places {
                let number = SequenceNumber(before: place, shard: ShardID(0), stream: stream)
                #expect(SequenceNumber(number.description) == number)
                var expected: [String] = []
                var position = place
                while true {
                    let read = try await streams.read(
                        from: position,
                        shard: ShardID(0),
                        stream: stream,
                        maximumCount: 100,
                        maximumBytes: 1 << 20
                    )
                    expected += read.records.map { String(buffer: $0.data) }
                    position = try #require(read.next)
                    if read.millisBehindLatest == 0 { break }
                }
                #expect(expected.last == "later")
                #expect(try await streams.readAll(of: stream, from: .atSequenceNumber(number)).texts == expected)
                #expect(try await streams.readAll(of: stream, from: .afterSequenceNumber(number)).texts == expected)
            }
        }
    }

    /// While a shard is being closed, records of others get numbers behind its end, and a reader at the tip a place behind them.
    @Test func aPlaceBehindTheEndOfAClosedShardIsItsEnd() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream(shards: 2)
            try await streams.put(["last"], of: stream)
            let key = stream.shards[0].hashKeyRange.ending.value / 2
            try await streams.splitShard(stream: "flights", shard: ShardID(0), newStartingHashKey: HashKey(key))
            for number in 0..<5 { try await streams.put(["\(number)"], shard: 1, of: stream) }
            let tip = try await streams.position(.latest, shard: ShardID(1), stream: stream)
            let closed = try await streams.stream(name: "flights").shards[0]
            #expect(tip.index > (closed.endingSequenceNumber?.index ?? .max) + 1)
            let behind = SequenceNumber(before: tip, shard: ShardID(0), stream: stream)
            for start in [ShardStart.atSequenceNumber(behind), .afterSequenceNumber(behind)] {
                let read = try await streams.read(
                    from: try await streams.position(start, shard: ShardID(0), stream: stream),
                    shard: ShardID(0),
                    stream: stream,
                    maximumCount: 10,
                    maximumBytes: 1 << 20
                )
                #expect(read.records.isEmpty)
                #expect(read.next == nil)
            }
            // A record's number was never given there.
            let record = SequenceNumber(
                streamEpoch: stream.createdAt.millisecondsSinceEpoch,
                shard: 0,
                index: tip.index - 1
            )
            let error = await serviceError { () async throws(ServiceError) in
                _ = try await streams.position(.afterSequenceNumber(record), shard: ShardID(0), stream: stream)
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test func aNumberBetweenRecordsOfTheFutureIsRefused() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            let next = try await tip(stream, in: streams)
            let future = SequenceNumber(
                before: ShardPosition(index: next.index + 1),
                shard: ShardID(0),
                stream: stream
            )
            for start in [ShardStart.atSequenceNumber(future), .afterSequenceNumber(future)] {
                let error = await serviceError { () async throws(ServiceError) in
                    _ = try await streams.position(start, shard: ShardID(0), stream: stream)
                }
                #expect(error?.code == .invalidArgument)
            }
        }
    }
}
