import Dispatch
import Synchronization
import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files that a fast log makes ahead of time.
@Suite(.timeLimit(.minutes(15))) struct LogPreparingTests {
    private static let payload = [UInt8](repeating: 7, count: 1000)

    /// Segments of which a file is written in three pieces.
    private static var options: LogOptions {
        var options = LogOptions()
        options.segmentSizeInBytes = 5 << 18
        return options
    }

    private func append(_ count: Int, to log: Log) async throws {
        for _ in 0..<count { _ = try await log.append([NewLogEntry(0, at: 1, Self.payload)]) }
    }

    /// Fills the tail to its half, and then until a file is prepared.
    private func appendUntilPrepared(_ log: Log) async throws {
        while log.spares.count == 0 {
            try #require(log.nextIndex < 1200, "the segment is full, and none was prepared")
            try await append(log.nextIndex < 640 ? 20 : 1, to: log)
        }
    }

    private func spares(_ fixture: LogFixture) -> [String] { fixture.disk.paths.filter { $0.hasSuffix(".spare") } }

    @Test func aFastLogMakesItsNextSegmentAhead() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open(Self.options)
            try await append(600, to: log)
            #expect(log.spares.count == 0 && spares(fixture).isEmpty)
            try await appendUntilPrepared(log)
            let prepared = try #require(spares(fixture).first)
            #expect(fixture.disk[prepared].count == 5 << 18 && fixture.disk[prepared].allSatisfy { $0 == 0 })

            // No zeros are written ahead any more: each write is that of the one entry.
            while fixture.segmentPaths.count == 1 { try await append(1, to: log) }
            let longest = Mutex(0)
            fixture.disk.judge = { operation in
                if operation.kind == .write { longest.withLock { $0 = max($0, operation.count) } }
                return .proceed
            }
            try await append(300, to: log)
            #expect(longest.withLock(\.self) == 1032)
            #expect(spares(fixture).isEmpty)
            let tail = try #require(fixture.segmentPaths.last)
            #expect(fixture.disk[tail].count == 5 << 18)

            // The power goes between a write and its sync.
            let count = log.nextIndex - 1
            fixture.disk.judge = nil
            fixture.disk.faults.operations = 1
            #expect(await logError { try await append(1, to: log) }?.code == .failed)
            await log.close()
            var random = SeededRandom(seed: 1)
            fixture.disk.crash(using: &random)
            log = try fixture.open(Self.options)
            let found = try await log.all(0).map(\.index)
            #expect(found == Array(1...count) || found == Array(1...count + 1))
            await log.close()
        }
    }

    @Test func aSlowLogDoesNot() async throws {
        try await withLogFixture { fixture in
            let time = SettableTime()
            var options = Self.options
            options.time = time
            let log = try fixture.open(options)
            try await append(400, to: log)
            time.milliseconds.add(60_000, ordering: .relaxed)
            try await append(500, to: log)
            // What it would have begun comes before this.
            await withCheckedContinuation { done in fixture.pool.help { _ in done.resume() } }
            #expect(spares(fixture).isEmpty)
            // The next segment is filled in no time.
            while fixture.segmentPaths.count == 1 { try await append(1, to: log) }
            try await append(700, to: log)
            await withCheckedContinuation { done in fixture.pool.help { _ in done.resume() } }
            #expect(!spares(fixture).isEmpty)
            await log.close()
        }
    }

    /// A log may be removed once it is closed, or another process may open it.
    @Test func closingGivesUpWhatIsUnderWay() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.options)
            let gate = DispatchSemaphore(value: 0)
            let (begun, continuation) = AsyncStream<Void>.makeStream()
            let laterOperations = Mutex<Int?>(nil)
            fixture.disk.judge = { operation in
                guard operation.path.hasSuffix(".spare") else { return .proceed }
                laterOperations.withLock { count in count = count.map { $0 + 1 } }
                if operation.kind == .write, operation.offset == 512 << 10 {
                    continuation.yield()
                    gate.wait()
                }
                return .proceed
            }
            try await append(700, to: log)
            for await _ in begun { break }
            async let closed: Void = log.close()
            gate.signal()
            await closed
            laterOperations.withLock { $0 = 0 }
            await withCheckedContinuation { done in fixture.pool.help { _ in done.resume() } }
            #expect(laterOperations.withLock(\.self) == 0)
            #expect(spares(fixture).count <= 1 && log.spares.count == 0)
            fixture.disk.judge = nil

            let reopened = try fixture.open(Self.options)
            #expect(spares(fixture).isEmpty)
            // The room was given back: there is enough for another one.
            try await append(600, to: reopened)
            await reopened.close()
            #expect(fixture.pool.spares.take(1 << 30))
        }
    }

    @Test(arguments: [ENOSPC, EIO]) func whatFailsCostsTheLogNothing(error: Int32) async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.options)
            fixture.disk.judge = { operation in
                let isLastPiece = operation.path.hasSuffix(".spare") && operation.kind == .write && operation.offset > 0
                return isLastPiece ? .fail(error, arrived: 100) : .proceed
            }
            try await append(1300, to: log)
            await withCheckedContinuation { done in fixture.pool.help { _ in done.resume() } }
            #expect(fixture.segmentPaths.count == 2 && log.spares.count == 0)
            #expect(try await log.all(0).count == 1300)
            await log.close()
            #expect(spares(fixture).isEmpty)
            #expect(fixture.pool.spares.take(1 << 30))
        }
    }
}

/// A wall clock that a test sets.
private final class SettableTime: TimeSource {
    let milliseconds = Atomic<Int64>(1_720_000_000_000)

    var wallMilliseconds: Int64 { milliseconds.load(ordering: .relaxed) }
    var monotonicNanoseconds: UInt64 { 0 }
    func sleep(for duration: Duration) async throws { await Task.yield() }
}
