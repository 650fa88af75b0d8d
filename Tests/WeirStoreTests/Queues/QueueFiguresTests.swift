import NIOCore
import Testing
import WeirLog
import WeirModel

@testable import WeirStore

/// What is told of queues for their metrics.
@Suite struct QueueFiguresTests {
    @Test func recordsAreCountedByWhatBecameOfThem() async throws {
        let attributes = QueueAttributes(maximumReceiveCount: 2)
        try await withQueue(shards: 2, attributes: attributes) { _, folder, stream, queue, time in
            #expect(try await folder.queues.figures() == [QueueFigures(name: "q", resourceID: queue.resourceID)])
            try await folder.streams.put((0..<7).map { "a\($0)" }, shard: 0, of: stream)
            time.advance(milliseconds: 5000)
            try await folder.streams.put((0..<5).map { "b\($0)" }, shard: 1, of: stream)
            var expected = QueueFigures(name: "q", resourceID: queue.resourceID)
            expected.visible = 12
            expected.oldestAgeMilliseconds = 5000
            #expect(try await folder.queues.figures() == [expected])

            let first = try await receive(folder, queue, count: 4)
            _ = try await folder.queues.acknowledge([first[0].receipt], in: queue.resourceID)
            #expect(try await folder.queues.acknowledge([first[0].receipt], in: queue.resourceID) == [false])
            _ = try await folder.queues.changeVisibility([(first[1].receipt, 0)], in: queue.resourceID)
            expected.visible = 9
            expected.inFlight = 2
            expected.counts.received = 4
            expected.counts.acknowledged = 1
            expected.counts.returned = 1
            #expect(try await folder.queues.figures() == [expected])

            // The rest is received, and all of it comes back, and dies of the second time.
            for _ in 0..<2 { _ = try await receive(folder, queue, visibility: 10) }
            time.advance(milliseconds: 30_000)
            for _ in 0..<2 { _ = try await receive(folder, queue, visibility: 10) }
            time.advance(milliseconds: 10_000)
            #expect(try await receive(folder, queue).isEmpty)
            let letters = try await receive(folder, queue, count: 3, ofDeadLetters: true)
            _ = try await folder.queues.restore([letters[0].receipt], in: queue.resourceID)
            _ = try await folder.queues.acknowledge([letters[1].receipt], in: queue.resourceID)
            let figures = try #require(try await folder.queues.figures().first)
            #expect(figures.visible == 1 && figures.inFlight == 0)
            #expect(figures.visibleDeadLetters == 8 && figures.deadLettersInFlight == 1)
            #expect(figures.oldestAgeMilliseconds == 45_000)
            let counts = figures.counts
            #expect(counts.received == 23 && counts.redelivered == 11 && counts.died == 11)
            #expect(counts.receivedDeadLetters == 3 && counts.acknowledgedDeadLetters == 1 && counts.restored == 1)
            #expect(counts.emptyReceives == 3 && counts.acknowledged == 1 && counts.returned == 12)
        }
    }

    /// A queue that is read from its log counts what happens from then on.
    @Test func aRestartCountsAnew() async throws {
        try await withTemporaryPath { path in
            var made: QueueDescription?
            try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                let stream = try await folder.makeStreamOnDemand()
                let queue = try await folder.makeQueue(attributes: QueueAttributes(maximumReceiveCount: 1))
                made = queue
                try await folder.streams.put(["a", "b"], of: stream)
                _ = try await receive(folder, queue, visibility: 0)
                #expect(try await folder.queues.figures().first?.counts.died == 2)
            }
            let queue = try #require(made)
            try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                let found = try await folder.queues.figures()
                #expect(found.map(\.visibleDeadLetters) == [2])
                #expect(found.map(\.resourceID) == [queue.resourceID])
                #expect(found.map(\.counts.received) == [0] && found.map(\.counts.receivedDeadLetters) == [0])
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoWaitsIsCounted() async throws {
        try await withQueue { _, folder, stream, queue, _ in
            async let waits = receive(folder, queue, wait: 20)
            while try await folder.queues.figures().first?.waitingReceives != 1 { await Task.yield() }
            try await folder.streams.put(["a"], of: stream)
            #expect(try await texts(waits) == ["a"])
            #expect(try await folder.queues.figures().first?.waitingReceives == 0)
        }
    }

    /// In segments that are sealed, compressed or not, and in the tail.
    @Test(arguments: [Compression.none, .zstd]) func theBacklogIsCountedInAllSegments(compression: Compression)
        async throws
    {
        var configuration = DataFolder.Configuration()
        configuration.log.segmentSizeInBytes = 16 << 10
        configuration.log.packingPauseInNanoseconds = 1_000_000
        configuration.log.compression = compression == .zstd ? .zstd : .none
        try await withNewFolder(configuration: configuration) { folder in
            let stream = try await folder.makeStreamOnDemand(shards: 2)
            let queue = try await folder.makeQueue()
            for number in 0..<60 {
                let records = (0..<10).map { "\(number * 10 + $0)" + String(repeating: "x", count: 100) }
                try await folder.streams.put(records, shard: UInt32(number % 3 / 2), of: stream)
            }
            let live = try folder.streams.live(stream)
            await live.log.waitForPacking()
            #expect(try await live.recordCount(of: ShardID(0), from: 0, atMost: 1000) == 400)
            #expect(try await live.recordCount(of: ShardID(1), from: 0, atMost: 1000) == 200)
            #expect(try await live.recordCount(of: ShardID(0), from: 0, atMost: 7) == 7)
            #expect(try await live.recordCount(of: ShardID(0), from: 601, atMost: 7) == 0)
            for from in [1, 100, 290, 591] as [UInt64] {
                let read = try await folder.streams.read(
                    from: ShardPosition(index: from),
                    shard: ShardID(0),
                    stream: stream,
                    maximumCount: 1000,
                    maximumBytes: 1 << 20
                )
                let count = try await live.recordCount(of: ShardID(0), from: from, atMost: 1000)
                // Of one compressed block the part is estimated.
                let error = compression == .zstd ? 40 : 0
                #expect(abs(count - read.records.count) <= error, "from \(from): \(count), not \(read.records.count)")
            }
            #expect(try await folder.queues.figures().map(\.visible) == [600])
            #expect(try await folder.queues.queue(queue.resourceID).name == "q")
        }
    }
}
