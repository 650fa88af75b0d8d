import Dispatch
import NIOCore
import Testing
import WeirLog
import WeirLogSimulation

@Suite(.timeLimit(.minutes(15))) struct LogConcurrencyTests {
    @Test(arguments: [1, 4])
    func concurrentAppendsKeepOrderPerCaller(threads: Int) async throws {
        try await withPool(threads: threads) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let log = try fixture.open(LogFixture.small)
            let acknowledged = try await withThrowingTaskGroup(of: [KnownEntry].self) { group in
                for caller in UInt32(0)..<16 {
                    group.addTask { try await append(caller: caller, to: log) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(acknowledged.map(\.index).sorted() == Array(1...UInt64(acknowledged.count)))
            #expect(log.nextIndex == UInt64(acknowledged.count) + 1)
            for caller in UInt32(0)..<16 {
                #expect(try await log.all(caller) == acknowledged.filter { $0.lane == caller })
            }
            #expect(fixture.disk.syncCount < 16 * 50, "group commit makes many appends durable by one sync")
            await log.close()
        }
    }

    @Test func manyLogsShareFewThreads() async throws {
        try await withPool(threads: 2) { pool in
            let disk = MemoryDisk()
            let logs = try (0..<200).map { number in
                try Log.open(directory: "/\(number)", pool: pool, fileSystem: disk, logger: .quiet)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for log in logs {
                    group.addTask {
                        for number in 0..<5 { _ = try await log.append([NewLogEntry(0, "\(number)")]) }
                        #expect(try await log.texts(0) == ["0", "1", "2", "3", "4"])
                        await log.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func readersSeeOnlySyncedEntries() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, "a")])
            let gate = SyncGate(fixture.disk)
            async let second = log.append([NewLogEntry(1, "b")])
            await gate.waitUntilSyncing()
            #expect(log.nextIndex == 2)
            #expect(try await log.texts(1) == ["a"])
            gate.open()
            #expect(try await second == 2)
            #expect(try await log.texts(1) == ["a", "b"])
            await log.close()
        }
    }

    @Test func barrierWaitsForEarlierAppends() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            let gate = SyncGate(fixture.disk)
            async let first = log.append([NewLogEntry(1, "a")])
            await gate.waitUntilSyncing()
            async let barrier = log.barrier()
            gate.open()
            #expect(try await barrier == 2)
            #expect(try await first == 1)
            await log.close()
        }
    }

    @Test func closeWaitsForEarlierAppends() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            let gate = SyncGate(fixture.disk)
            async let first = log.append([NewLogEntry(1, "a")])
            await gate.waitUntilSyncing()
            async let closed: Void = log.close()
            gate.open()
            await closed
            #expect(try await first == 1)
            let reopened = try fixture.open()
            #expect(try await reopened.texts(1) == ["a"])
            await reopened.close()
        }
    }

    @Test func appendsBeyondTheBoundWaitAndSucceed() async throws {
        try await withLogFixture { fixture in
            var options = LogOptions()
            options.maximumPendingSizeInBytes = 100
            let log = try fixture.open(options)
            let gate = SyncGate(fixture.disk)
            async let first = log.append([NewLogEntry(0, "first")])
            await gate.waitUntilSyncing()
            let indexes = try await withThrowingTaskGroup(of: UInt64.self) { group in
                for _ in 0..<50 { group.addTask { try await log.append([NewLogEntry(1, "later")]) } }
                gate.open()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(try await first == 1)
            #expect(indexes.sorted() == Array(2...51))
            await log.close()
        }
    }
}

private func append(caller: UInt32, to log: Log) async throws -> [KnownEntry] {
    var random = SeededRandom(seed: UInt64(caller))
    var known: [KnownEntry] = []
    for round in 0..<50 {
        let payloads = (0..<Int.random(in: 1...4, using: &random)).map { place in
            [UInt8](repeating: UInt8(place), count: Int.random(in: 0...100, using: &random) + round)
        }
        let first = try await log.append(payloads.map { NewLogEntry(caller, $0) })
        for (place, payload) in payloads.enumerated() {
            known.append(KnownEntry(index: first + UInt64(place), lane: caller, timestamp: 0, payload: payload))
        }
    }
    return known
}

/// Holds the syncs of a disk until it is opened.
private final class SyncGate: Sendable {
    private let held = DispatchSemaphore(value: 0)
    private let begun: AsyncStream<Void>

    init(_ disk: MemoryDisk) {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        begun = stream
        disk.onSync { [held] in
            continuation.yield()
            held.wait()
            held.signal()
        }
    }

    func waitUntilSyncing() async {
        for await _ in begun { return }
    }

    func open() { held.signal() }
}
