import Synchronization
import Testing
import WeirModel

@testable import WeirStore

/// Queues in copies of a data folder that is in use.
@Suite(.timeLimit(.minutes(2))) struct QueueBackupTests {
    /// What many tasks collect.
    private final class Names: Sendable {
        private let names = Mutex<Set<String>>([])

        var all: Set<String> { names.withLock { $0 } }

        func add(_ more: [String]) { names.withLock { $0.formUnion(more) } }
    }

    private func withRegions(
        _ path: String,
        time: ManualTime,
        _ body: (RegionalDataFolder, DataFolder) async throws -> Void
    ) async throws {
        let folder = try await RegionalDataFolder.open(path: path, time: time, logger: quiet)
        let result: Result<Void, any Error>
        do {
            _ = try await folder.stores(of: "us-east-1")
            result = .success(try await body(folder, try #require(folder.openFolders["us-east-1"])))
        } catch {
            result = .failure(error)
        }
        await folder.close()
        try result.get()
    }

    @Test func aCopyKnowsWhatWasDeliveredAcknowledgedAndSetAside() async throws {
        let time = ManualTime()
        try await withTemporaryPath { path in
            var made: QueueDescription?
            var held: [QueueReceipt] = []
            try await withRegions(path, time: time) { regions, folder in
                let stream = try await folder.makeStreamOnDemand()
                let queue = try await folder.makeQueue(attributes: QueueAttributes(maximumReceiveCount: 1))
                made = queue
                try await folder.streams.put((0..<6).map { "\($0)" }, of: stream)
                // 0 becomes a dead letter, 1 and 2 are acknowledged, 3 and 4 in flight, 5 was not delivered.
                _ = try await receive(folder, queue, count: 1, visibility: 0)
                let next = try await receive(folder, queue, count: 4, visibility: 100)
                #expect(texts(next) == ["1", "2", "3", "4"])
                let done = next[..<2].map(\.receipt)
                #expect(try await folder.queues.acknowledge(done, in: queue.resourceID) == [true, true])
                held = next[2...].map(\.receipt)
                let report = try await regions.backUp(to: "\(path)-copy")
                #expect(report.streamCount == 1 && report.recordCount == 6)
                // What comes after it is none of the copy's business.
                #expect(try await folder.queues.acknowledge(held, in: queue.resourceID) == [true, true])
            }
            let queue = try #require(made)
            try await withRegions("\(path)-copy", time: time) { _, folder in
                #expect(try await folder.queues.queue(queue.resourceID).attributes.maximumReceiveCount == 1)
                #expect(try await texts(receive(folder, queue)) == ["5"])
                #expect(try await texts(receive(folder, queue, ofDeadLetters: true)) == ["0"])
                // Its holders go on.
                #expect(try await folder.queues.acknowledge([held[0]], in: queue.resourceID) == [true])
                time.advance(milliseconds: 100_000)
                #expect(try await receive(folder, queue).isEmpty)
                let dead = try await receive(folder, queue, ofDeadLetters: true)
                #expect(Set(texts(dead)) == ["0", "4", "5"])
                let stream = try await folder.streams.stream(name: "flights")
                try await folder.streams.put(["after"], of: stream)
                #expect(try await texts(receive(folder, queue)) == ["after"])
            }
        }
    }

    /// What consumers acknowledge before a backup is asked for never comes out of the copy, and all else does, while they go on.
    @Test func aCopyMadeUnderLoadForgetsNothingAndLosesNothing() async throws {
        let time = ManualTime()
        try await withTemporaryPath { path in
            var made: QueueDescription?
            let acknowledged = Names()
            let put = Names()
            var (before, putBefore): (Set<String>, Set<String>) = ([], [])
            try await withRegions(path, time: time) { regions, folder in
                let stream = try await folder.makeStreamOnDemand(shards: 2)
                let queue = try await folder.makeQueue()
                made = queue
                let isOver = Flag()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for number in 0... {
                            if isOver.isSet { return }
                            try await folder.streams.put(["\(number)"], shard: UInt32(number % 2), of: stream)
                            put.add(["\(number)"])
                        }
                    }
                    for _ in 0..<3 {
                        group.addTask {
                            while !isOver.isSet {
                                // Every other one is left unacknowledged.
                                let given = try await receive(folder, queue, count: 4)
                                let done = given.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
                                _ = try await folder.queues.acknowledge(done.map(\.receipt), in: queue.resourceID)
                                acknowledged.add(texts(done))
                            }
                        }
                    }
                    while acknowledged.all.count < 50 { await Task.yield() }
                    before = acknowledged.all
                    putBefore = put.all
                    _ = try await regions.backUp(to: "\(path)-copy")
                    isOver.set()
                    try await group.waitForAll()
                }
            }
            let queue = try #require(made)
            let later = acknowledged.all
            try await withRegions("\(path)-copy", time: time) { _, folder in
                time.advance(milliseconds: 30_000)
                var came: Set<String> = []
                while true {
                    let given = try await receive(folder, queue)
                    if given.isEmpty { break }
                    came.formUnion(texts(given))
                }
                #expect(came.isDisjoint(with: before), "acknowledged before the backup")
                #expect(came.isSuperset(of: putBefore.subtracting(later)), "put before it, and never acknowledged")
            }
        }
    }
}
