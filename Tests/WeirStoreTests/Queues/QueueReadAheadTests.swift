import Synchronization
import Testing
import WeirModel
import WeirRuntime

@testable import WeirStore

/// A queue whose records are read before they are asked for.
@Suite struct QueueReadAheadTests {
    private func isAhead(_ folder: DataFolder, _ queue: QueueDescription, _ shard: UInt32 = 0) throws -> Bool {
        try folder.queues.live(queue.resourceID).ahead.withLock { $0.holds(ShardID(shard)) }
    }

    @Test func recordsComeInTheirOrderAndLeaveNoGaps() async throws {
        try await withQueue(shards: 2) { _, folder, stream, queue, _ in
            for part in 0..<10 {
                for shard in 0..<2 as Range<UInt32> {
                    try await folder.streams.put((0..<5).map { "\(shard)-\(part * 5 + $0)" }, shard: shard, of: stream)
                }
            }
            var all: [[String]] = []
            for place in 0..<10 {
                all.append(try await texts(receive(folder, queue)))
                #expect(try isAhead(folder, queue) == (place < 8), "after \(place + 1) receives")
            }
            // The shards take turns, also of what was read ahead.
            #expect(all == (0..<10).map { turn in (0..<10).map { "\(turn % 2)-\(turn / 2 * 10 + $0)" } })
            #expect(try await receive(folder, queue).isEmpty)
            let unread = try folder.queues.live(queue.resourceID).journal.withMachine { $0.unread }
            #expect(unread.values.allSatisfy { $0.ranges.count == 1 })
        }
    }

    @Test func whatAgedOutMeanwhileIsNotGiven() async throws {
        try await withQueue { _, folder, stream, queue, time in
            try await folder.streams.put((0..<30).map { "old \($0)" }, of: stream)
            let first = try await receive(folder, queue)
            _ = try await folder.queues.acknowledge(first.map(\.receipt), in: queue.resourceID)
            #expect(try isAhead(folder, queue))
            time.advance(hours: 23)
            let young = try await receive(folder, queue, count: 1)
            #expect(texts(young) == ["old 10"])
            // No record becomes visible again, so that what was read ahead would be next.
            _ = try await folder.queues.acknowledge(young.map(\.receipt), in: queue.resourceID)
            time.advance(hours: 2)
            try await folder.streams.put(["new"], of: stream)
            #expect(try await texts(receive(folder, queue)) == ["new"])
            #expect(try await receive(folder, queue).isEmpty)
        }
    }

    @Test func whatIsReadAheadIsUnreadForAProcessThatComesLater() async throws {
        try await withQueue { path, folder, stream, queue, time in
            try await folder.streams.put((0..<30).map { "\($0)" }, of: stream)
            _ = try await receive(folder, queue)
            #expect(try isAhead(folder, queue))
            let copy = "\(path)-copy"
            try copyTree(path, to: copy)
            try await DataFolder.withDataFolder(path: copy, time: time, logger: quiet) { folder in
                let given = try await receive(folder, queue)
                #expect(texts(given) == (10..<20).map { "\($0)" })
            }
            try SystemFileSystem().removeTree(copy)
        }
    }

    @Test(.timeLimit(.minutes(1))) func eachOfManyConsumersGetsOthers() async throws {
        try await withQueue(shards: 3) { _, folder, stream, queue, _ in
            let count = 1500
            for part in 0..<3 as Range<UInt32> {
                let texts = (0..<count / 3).map { "\(part)-\($0)" }
                try await folder.streams.put(texts, shard: part, of: stream)
            }
            let all = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var mine: [String] = []
                        while true {
                            let some = try await receive(folder, queue)
                            if some.isEmpty { return mine }
                            mine += texts(some)
                            let done = try await folder.queues.acknowledge(some.map(\.receipt), in: queue.resourceID)
                            #expect(!done.contains(false))
                        }
                    }
                }
                return try await group.reduce(into: [String]()) { $0 += $1 }
            }
            #expect(all.count == count && Set(all).count == count)
        }
    }
}
