import Logging
import NIOCore
import Synchronization
import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

/// A log that acknowledges before it syncs. Histories of it with everything that may go wrong: ``LogHistoryTests``.
@Suite(.timeLimit(.minutes(15))) struct LogIntervalTests {
    private static let skipped = LogFormat.maximumUnsyncedCount

    /// No test waits so long.
    private static var hour: LogOptions {
        var options = LogFixture.small
        options.durability = .interval(nanoseconds: 3_600_000_000_000)
        return options
    }

    private func isMarked(_ fixture: LogFixture) -> Bool { fixture.disk.paths.contains("/log/UNSYNCED") }

    @Test func appendIsAcknowledgedBeforeItIsSynced() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.hour)
            #expect(!isMarked(fixture), "nothing may be lost yet")
            #expect(try await log.append([NewLogEntry(1, "a")]) == 1)
            #expect(isMarked(fixture))
            let before = fixture.disk.syncCount
            #expect(try await log.append([NewLogEntry(1, "b"), NewLogEntry(2, "c")]) == 2)
            #expect(fixture.disk.syncCount == before)
            #expect(try await log.texts(1) == ["a", "b"], "readers see what was acknowledged")
        }
    }

    @Test func itIsSyncedAfterTheInterval() async throws {
        try await withLogFixture { fixture in
            var options = LogFixture.small
            options.durability = .interval(nanoseconds: 1_000_000)
            let log = try fixture.open(options)
            for round in 1...3 {
                let before = fixture.disk.syncCount
                #expect(try await log.append([NewLogEntry(1, "a")]) == UInt64(round))
                // The first append has a sync of its own, that of the mark.
                while fixture.disk.syncCount < before + (round == 1 ? 2 : 1) { await Task.yield() }
            }
            fixture.disk.loseAllUnsynced()
            let reopened = try fixture.open(Self.hour)
            #expect(try await reopened.texts(1) == ["a", "a", "a"])
            await reopened.close()
        }
    }

    @Test func numbersOfWhatWasLostAreNotGivenAgain() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.hour)
            _ = try await log.append([NewLogEntry(1, "synced")])
            #expect(try await log.barrier() == 2, "a barrier is for what is durable")
            #expect(try await log.append([NewLogEntry(1, "lost")]) == 2)
            fixture.disk.loseAllUnsynced()
            var reopened = try fixture.open(Self.hour)
            #expect(reopened.nextIndex == 2 + Self.skipped)
            #expect(try await reopened.texts(1) == ["synced"])
            #expect(!isMarked(fixture), "what is there is durable")
            let next = try await reopened.append([NewLogEntry(1, at: 7, "new")])
            #expect(next == 2 + Self.skipped)
            // Whoever was behind the lost entry misses none of those that took no index of it.
            let read = try await reopened.read(lane: 1, from: 3, maximumCount: 10, maximumBytes: 1000)
            #expect(read.entries.map(\.index) == [next])
            #expect(try await reopened.firstIndex(lane: 1, atOrAfter: 1) == next)
            await reopened.close()
            reopened = try fixture.open(Self.hour)
            #expect(reopened.nextIndex == next + 1, "a log that was closed goes on without a gap")
            #expect(try await reopened.texts(1) == ["synced", "new"])
            await reopened.close()
        }
    }

    @Test func endOfTheProcessLosesNothing() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.hour)
            for number in 0..<40 {
                _ = try await log.append([NewLogEntry(1, at: 5, "\(number)"), NewLogEntry(2, "x")])
            }
            var random = SeededRandom(seed: 1)
            fixture.disk.endProcess(using: &random)
            let reopened = try fixture.open(Self.hour)
            #expect(try await reopened.texts(1) == (0..<40).map { "\($0)" })
            // Nor does a power cut after that.
            fixture.disk.loseAllUnsynced()
            let again = try fixture.open(Self.hour)
            #expect(try await again.texts(1) == (0..<40).map { "\($0)" })
            #expect(again.nextIndex == 81 + Self.skipped, "there was nothing to skip the second time")
            await again.close()
        }
    }

    @Test func logWithSkippedIndexesIsWholeForEverybody() async throws {
        try await withLogFixture { fixture in
            var random = SeededRandom(seed: 1)
            var expected: [String] = []
            for round in 0..<5 {
                let log = try fixture.open(Self.hour)
                for _ in 0..<round * 10 {
                    expected.append("\(round)" + String(repeating: "-", count: 400))
                    _ = try await log.append([NewLogEntry(UInt32(round), at: Int64(round), expected.last!)])
                }
                fixture.disk.endProcess(using: &random)
            }
            // The footer before a gap is made anew like any other.
            let path = try #require(fixture.segmentPaths.dropLast().last)
            fixture.disk[path][fixture.disk[path].count - 20] ^= 1
            let log = try fixture.open(Self.hour)
            var found: [String] = []
            for lane in 0..<5 as Range<UInt32> {
                found += try await log.texts(lane)
                if lane > 0 {
                    let first = try await log.firstIndex(lane: lane, atOrAfter: Int64(lane))
                    #expect(try await log.all(lane).first?.index == first)
                }
            }
            #expect(found == expected)
            let report = try log.copy(to: "/copy", at: try #require(log.copyPoint))
            #expect(report.entryCount == expected.count)
            let inspector = LogInspector(directory: "/log", fileSystem: fixture.disk)
            #expect(try inspector.inspect().flatMap(\.damages).isEmpty)
            await log.close()
        }
    }

    @Test func changeToAlwaysSyncsAtOnce() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.hour)
            _ = try await log.append([NewLogEntry(1, "a")])
            log.durability = .always
            #expect(try await log.barrier() == 2)
            fixture.disk.loseAllUnsynced()
            #expect(!isMarked(fixture))
            let reopened = try fixture.open()
            #expect(try await reopened.texts(1) == ["a"])
            #expect(reopened.nextIndex == 2)
            reopened.durability = .interval(nanoseconds: 3_600_000_000_000)
            _ = try await reopened.append([NewLogEntry(1, "b")])
            #expect(isMarked(fixture))
            await reopened.close()
            #expect(!isMarked(fixture))
        }
    }

    /// A footer says that the frames before it are durable, so they are before it is written.
    @Test func segmentIsSyncedBeforeItIsSealed() async throws {
        try await withLogFixture { fixture in
            let operations = Mutex<[MemoryDisk.Operation.Kind]>([])
            let log = try fixture.open(Self.hour)
            let first = fixture.segmentPaths[0]
            fixture.disk.judge = { operation in
                if operation.path == first { operations.withLock { $0.append(operation.kind) } }
                return .proceed
            }
            while fixture.segmentPaths.count == 1 {
                _ = try await log.append([NewLogEntry(1, [UInt8](repeating: 7, count: 900))])
            }
            fixture.disk.judge = nil
            let tail = operations.withLock { $0.drop { $0 != .dataSync } }
            #expect(
                tail.map(\.rawValue)
                    == [.dataSync, .truncate, .write, .sync].map { (kind: MemoryDisk.Operation.Kind) in kind.rawValue }
            )
            await log.close()
        }
    }

    @Test func failedSyncEndsAppendsAndNamesWhatMayBeLost() async throws {
        try await withLogFixture { fixture in
            let lines = Mutex<[String]>([])
            let logger = Logger(label: "test") { _ in LineHandler { line in lines.withLock { $0.append(line) } } }
            var options = LogFixture.small
            options.durability = .interval(nanoseconds: 1_000_000)
            let log = try Log.open(
                directory: fixture.directory,
                pool: fixture.pool,
                fileSystem: fixture.disk,
                options: options,
                logger: logger
            )
            _ = try await log.append([NewLogEntry(1, "a")])
            _ = try await log.barrier()
            fixture.disk.faults.syncs = 0
            #expect(try await log.append([NewLogEntry(1, "b"), NewLogEntry(1, "c")]) == 2)
            while lines.withLock(\.isEmpty) { await Task.yield() }
            #expect(lines.withLock { $0.joined() }.contains("log.unsynced=2 to 3"))
            fixture.disk.faults.syncs = nil
            #expect(await logError { _ = try await log.append([NewLogEntry(1, "d")]) }?.code == .failed)
            #expect(await logError { _ = try await log.barrier() }?.code == .failed)
            #expect(try await log.texts(1) == ["a", "b", "c"], "reads go on")
            await log.close()
            #expect(isMarked(fixture), "what was acknowledged may be lost")
        }
    }

    @Test func markThatCannotBeMadeKeepsAppendsOut() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.hour)
            fixture.disk.judge = { $0.kind == .create ? .fail(28) : .proceed }
            #expect(await logError { _ = try await log.append([NewLogEntry(1, "a")]) }?.code == .noSpace)
            fixture.disk.judge = nil
            #expect(try await log.append([NewLogEntry(1, "b")]) == 1)
            await log.close()
        }
    }
}

/// Hands each line on, with its metadata.
private struct LineHandler: LogHandler {
    var logLevel = Logger.Level.trace
    var metadata = Logger.Metadata()
    let take: @Sendable (String) -> Void

    init(_ take: @escaping @Sendable (String) -> Void) { self.take = take }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let extra = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
        take("\(event.message) \(extra)")
    }
}
