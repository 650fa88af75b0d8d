import NIOCore
import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

@Suite struct QueueStoreTests {
    @Test func whatIsReceivedIsInFlightUntilItsTimeIsOver() async throws {
        try await withQueue { _, folder, stream, queue, time in
            try await folder.streams.put(["a", "b", "c"], of: stream)
            let first = try await receive(folder, queue, count: 2)
            #expect(texts(first) == ["a", "b"] && first.map(\.receiveCount) == [1, 1])
            #expect(try await texts(receive(folder, queue)) == ["c"])
            #expect(try await receive(folder, queue).isEmpty)
            time.advance(milliseconds: 29_999)
            #expect(try await receive(folder, queue).isEmpty)
            time.advance(milliseconds: 1)
            let again = try await receive(folder, queue)
            #expect(texts(again) == ["a", "b", "c"] && again.map(\.receiveCount) == [2, 2, 2])
            #expect(again[0].firstReceivedAt == first[0].firstReceivedAt)
            // The old receipts are refused, and the new ones are good once.
            #expect(try await folder.queues.acknowledge(first.map(\.receipt), in: queue.resourceID) == [false, false])
            let receipts = again.map(\.receipt)
            #expect(try await folder.queues.acknowledge(receipts, in: queue.resourceID) == [true, true, true])
            #expect(try await folder.queues.acknowledge(receipts, in: queue.resourceID) == [false, false, false])
            time.advance(hours: 1)
            #expect(try await receive(folder, queue).isEmpty)
        }
    }

    @Test func aProcessThatEndsForgetsNoDelivery() async throws {
        try await withQueue(attributes: QueueAttributes(maximumReceiveCount: 2)) { path, folder, stream, queue, time in
            try await folder.streams.put(["a", "b", "c", "d"], of: stream)
            let first = try await receive(folder, queue, count: 3, visibility: 100)
            _ = try await folder.queues.acknowledge([first[1].receipt], in: queue.resourceID)
            _ = try await folder.queues.changeVisibility([(first[2].receipt, 10)], in: queue.resourceID)
            let copy = "\(path)-copy"
            try copyTree(path, to: copy)
            let later = ManualTime(time.wallMilliseconds + 10_000)
            try await DataFolder.withDataFolder(path: copy, time: later, logger: quiet) { folder in
                let there = try await receive(folder, queue)
                #expect(Set(texts(there)) == ["c", "d"])
                // Its holder goes on after the end of the process.
                #expect(try await folder.queues.acknowledge([first[0].receipt], in: queue.resourceID) == [true])
                later.advance(hours: 1)
                #expect(try await texts(receive(folder, queue)) == ["d"])
                #expect(try await texts(receive(folder, queue, ofDeadLetters: true)) == ["c"])
            }
            try SystemFileSystem().removeTree(copy)
        }
    }

    @Test func aDeadLetterIsRestoredWithANewCount() async throws {
        try await withQueue(attributes: QueueAttributes(maximumReceiveCount: 1)) { _, folder, stream, queue, time in
            try await folder.streams.put(["a"], of: stream)
            let first = try await receive(folder, queue)
            #expect(try await receive(folder, queue, ofDeadLetters: true).isEmpty)
            time.advance(milliseconds: 30_000)
            #expect(try await receive(folder, queue).isEmpty)
            let dead = try await receive(folder, queue, ofDeadLetters: true)
            #expect(texts(dead) == ["a"] && dead[0].receiveCount == 2 && dead[0].receipt.isDeadLetter)
            #expect(try await folder.queues.restore([first[0].receipt], in: queue.resourceID) == [false])
            #expect(try await folder.queues.restore([dead[0].receipt], in: queue.resourceID) == [true])
            #expect(try await folder.queues.acknowledge([dead[0].receipt], in: queue.resourceID) == [false])
            let again = try await receive(folder, queue)
            #expect(texts(again) == ["a"] && again[0].receiveCount == 1)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoWaitsIsWokenByARecordAndByOneThatBecomesVisible() async throws {
        try await withQueue(shards: 2, start: .latest) { _, folder, stream, queue, _ in
            async let waiting = receive(folder, queue, wait: 20)
            try await folder.streams.put(["a"], shard: 1, of: stream)
            let first = try await waiting
            #expect(texts(first) == ["a"])
            async let again = receive(folder, queue, wait: 20)
            _ = try await folder.queues.changeVisibility([(first[0].receipt, 0)], in: queue.resourceID)
            let woken = try await again
            #expect(texts(woken) == ["a"])
            async let none = receive(folder, queue, wait: 20)
            folder.queues.endQueueWaits()
            #expect(try await none.isEmpty)
        }
    }

    @Test func shardsTakeTurnsAndRecordsThatComeBackDoNotStarveOthers() async throws {
        try await withQueue(shards: 2) { _, folder, stream, queue, time in
            try await folder.streams.put((0..<40).map { "a\($0)" }, shard: 0, of: stream)
            try await folder.streams.put(["b0", "b1"], shard: 1, of: stream)
            #expect(try await texts(receive(folder, queue, count: 10)).allSatisfy { $0.hasPrefix("a") })
            #expect(try await texts(receive(folder, queue, count: 10)).filter { $0.hasPrefix("b") } == ["b0", "b1"])
            time.advance(milliseconds: 30_000)
            let mixed = try await receive(folder, queue, count: 10).map(\.receiveCount)
            #expect(mixed.filter { $0 == 1 }.count == 5 && mixed.filter { $0 == 2 }.count == 5)
            let one = try await receive(folder, queue, count: 1).map(\.receiveCount)
            let other = try await receive(folder, queue, count: 1).map(\.receiveCount)
            #expect(Set(one + other) == [1, 2])
        }
    }

    @Test func aSplitAndTheEndOfRetentionAreFollowed() async throws {
        try await withQueue(mode: .provisioned) { path, folder, stream, queue, time in
            try await folder.streams.put(["a"], of: stream)
            try await folder.streams.splitShard(
                stream: "flights",
                shard: ShardID(0),
                newStartingHashKey: HashKey(UInt128.max / 2)
            )
            let split = try await folder.streams.stream(name: "flights")
            try await folder.streams.put(["b"], shard: 1, of: split)
            try await folder.streams.put(["c"], shard: 2, of: split)
            #expect(try await Set(texts(receive(folder, queue))) == ["a", "b", "c"])
            time.advance(hours: 25)
            #expect(try await receive(folder, queue).isEmpty)
            try await folder.streams.put(["d"], shard: 2, of: split)
            try await folder.streams.enforceRetention()
            let live = try folder.queues.live(queue.resourceID)
            #expect(live.journal.withMachine { $0.tracked.count } == 0)
            #expect(live.journal.withMachine { $0.unread.keys.sorted() } == [1, 2])
            #expect(try await texts(receive(folder, queue)) == ["d"])
        }
    }

    @Test func aStreamWithQueuesStaysUntilTheyAreDeleted() async throws {
        try await withQueue { path, folder, stream, queue, _ in
            #expect(try await folder.streams.stream(name: "flights").queueCount == 1)
            await #expect { try await folder.streams.deleteStream(name: "flights") } throws: { error in
                (error as? ServiceError)?.code == .resourceInUse
            }
            await #expect {
                try await folder.streams.changeSettings(of: "flights", .mode(.provisioned, warmThroughputMiBps: nil))
            } throws: { error in
                (error as? ServiceError)?.code == .resourceInUse
            }
            try await folder.queues.deleteQueue(queue.resourceID)
            await #expect(throws: ServiceError.self) { try await receive(folder, queue) }
            #expect(try SystemFileSystem().list("\(path)/queues").isEmpty)
            try await folder.streams.deleteStream(name: "flights")
        }
    }

    @Test func aSnapshotStandsForWhatWasBefore() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let log = try await folder.queues.logs.open(queue: 77)
                let journal = try await QueueJournal.make(
                    log: log,
                    machine: QueueStateMachine(unread: [:], maximumReceiveCount: 6, at: 0),
                    snapshotInterval: 2_000,
                    logger: quiet
                )
                for index in 1...600 as ClosedRange<UInt64> {
                    let given = try await journal.perform { machine in
                        let received = machine.receive(
                            .records,
                            [.init(index: index, shard: 0, isRedelivery: false)],
                            visibility: 1000,
                            at: 0
                        )
                        return (received?.entry, received?.undo ?? .nothing, received?.records ?? [])
                    }
                    // Each hundredth stays.
                    guard index % 100 > 0 else { continue }
                    let receipts = given.map { QueueReceipt(index: $0.index, delivery: 1, isDeadLetter: false) }
                    _ = try await journal.perform { machine in
                        let (entry, undo, isDone) = machine.acknowledge(receipts, at: 0)
                        return (entry, undo, isDone)
                    }
                }
                await journal.writeSnapshot()
                let recovered = try #require(
                    try await QueueJournal.recover(log: log, snapshotInterval: 2_000, logger: quiet)
                )
                let (tracked, unread) = recovered.withMachine { ($0.tracked, $0.unread) }
                #expect(tracked.count == 6 && tracked[100]?.receiveCount == 1)
                #expect(unread[0]?.contains(600) == false && unread[0]?.contains(601) == true)
                await log.close()
            }
        }
    }
}
