import NIOCore
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

/// Files of trimmed segments that new segments are written to.
@Suite(.timeLimit(.minutes(15))) struct LogRecyclingTests {
    /// The payload of an entry, which tells its index.
    private static func payload(_ index: UInt64) -> [UInt8] { [UInt8](repeating: UInt8(index % 251), count: 400) }

    /// Appends one entry after the other, as late as its index.
    private func append(_ count: Int, to log: Log) async throws {
        for _ in 0..<count {
            let index = log.nextIndex
            _ = try await log.append([NewLogEntry(UInt32(index % 2), at: Int64(index), Self.payload(index))])
        }
    }

    private func check(_ log: Log, from first: UInt64, through last: UInt64) async throws {
        var found: [KnownEntry] = []
        for lane in UInt32(0)..<2 { found += try await log.all(lane) }
        found.sort { $0.index < $1.index }
        #expect(found.map(\.index) == Array(first...last))
        #expect(found.allSatisfy { $0.payload == Self.payload($0.index) })
    }

    private func spares(_ fixture: LogFixture) -> [String] { fixture.disk.paths.filter { $0.hasSuffix(".spare") } }

    @Test func aTrimmedSegmentIsWrittenOver() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open(LogFixture.small)
            try await append(40, to: log)
            try await log.trim(before: 30)
            let first = try #require(log.index.firstSealed?.baseIndex)
            let spare = try #require(spares(fixture).last)
            let old = fixture.disk[spare]
            let count = spares(fixture).count
            while spares(fixture).count == count { try await append(1, to: log) }
            let tail = try #require(fixture.segmentPaths.last)
            #expect(fixture.disk[tail].count == old.count && fixture.disk[tail].suffix(2000) == old.suffix(2000))
            #expect(!spares(fixture).contains(spare))
            let last = log.nextIndex - 1
            try await check(log, from: first, through: last)

            // The old frames behind the entries pass for nothing, neither after a crash nor while it is looked at.
            let reports = try LogInspector(directory: fixture.directory, fileSystem: fixture.disk).inspect()
            #expect(reports.flatMap(\.damages).isEmpty && reports.last?.nextIndex == last + 1)
            var random = SeededRandom(seed: 1)
            fixture.disk.crash(using: &random)
            log = try fixture.open(LogFixture.small)
            try await check(log, from: first, through: last)
            #expect(spares(fixture).isEmpty, "whether their names are durable is not known")
            await log.close()
        }
    }

    @Test func aCleanStopLeavesNothingBehindTheEntries() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            try await append(40, to: log)
            try await log.trim(before: 30)
            let count = spares(fixture).count
            while spares(fixture).count == count { try await append(1, to: log) }
            await log.close()
            let reports = try LogInspector(directory: fixture.directory, fileSystem: fixture.disk).inspect()
            #expect(reports.last?.isSealed == false && reports.last?.tornTailOffset == nil)
        }
    }

    @Test func noMoreAreKeptThanIsAskedFor() async throws {
        try await withLogFixture { fixture in
            var options = LogFixture.small
            options.maximumSpareCount = 1
            let log = try fixture.open(options)
            try await append(60, to: log)
            try await log.trim(before: 50)
            #expect(spares(fixture).count == 1)
            await log.close()
            options.maximumSpareCount = 0
            let reopened = try fixture.open(options)
            try await append(60, to: reopened)
            try await reopened.trim(before: 110)
            #expect(spares(fixture).isEmpty)
            await reopened.close()
        }
    }

    @Test func theLogsOfAPoolShareABudget() async throws {
        let pool = LogWriterPool(threads: 1, maximumSpareSizeInBytes: 20 << 10)
        let disk = MemoryDisk()
        for directory in ["/a", "/b"] {
            let log = try Log.open(
                directory: directory,
                pool: pool,
                fileSystem: disk,
                options: LogFixture.small,
                logger: .quiet
            )
            try await append(60, to: log)
            try await log.trim(before: 50)
            #expect(disk.paths.count { $0.hasPrefix(directory) && $0.hasSuffix(".spare") } == 2)
            if directory == "/b" {
                #expect(log.spares.count == 2, "the first log gave its room back when it was closed")
            }
            await log.close()
        }
        await pool.shutdown()
    }

    @Test func aCopyKeepsItsSegmentsFromBeingWrittenOver() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            try await append(40, to: log)
            var point = log.copyPoint
            try await log.trim(before: 1000)
            let count = spares(fixture).count
            #expect(count > 0)
            try await append(60, to: log)
            #expect(spares(fixture).count == count)
            // All of it was trimmed, but the tail of that moment is still read by its handle.
            let report = try log.copy(to: "/copy", at: try #require(point))
            #expect(report.entryCount > 0)
            point = nil
            try await append(60, to: log)
            #expect(spares(fixture).count < count)
            await log.close()
        }
    }

    @Test func aSegmentWithAnotherNameIsLeftAlone() async throws {
        let folder =
            "\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/weir-log-\(UInt64.random(in: 0 ... .max))"
        try SystemFileSystem().makeDirectory(folder)
        defer { try? SystemFileSystem().removeTree(folder) }
        try await withPool { pool in
            let directory = "\(folder)/log"
            let log = try Log.open(directory: directory, pool: pool, options: LogFixture.small, logger: .quiet)
            try await append(20, to: log)
            let name = LogFormat.segmentName(baseIndex: 1)
            #expect(link("\(directory)/\(name)", "\(folder)/copy") == 0)
            try await log.trim(before: 1000)
            try await append(60, to: log)
            let names = try SystemFileSystem().list(directory)
            #expect(!names.contains(name) && !names.contains(LogFormat.spareName(baseIndex: 1)))
            let copy = try SystemFileSystem().open("\(folder)/copy", .read)
            var buffer = ByteBuffer()
            _ = try copy.read(8 << 10, at: 0, into: &buffer)
            guard case .valid(let header) = buffer.withUnsafeReadableBytes({ SegmentHeader.read($0) }) else {
                Issue.record("the copy was written over")
                return
            }
            #expect(header.baseIndex == 1)
            await log.close()
        }
    }

    @Test func aSpareFileThatCannotBeWrittenIsGivenUp() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            try await append(40, to: log)
            try await log.trim(before: 1000)
            let spare = try #require(spares(fixture).last)
            fixture.disk.judge = { operation in
                let isGivenOut = operation.kind == .rename && operation.path.hasSuffix(".segment")
                return isGivenOut ? .fail(EIO) : .proceed
            }
            try await append(60, to: log)
            #expect(!spares(fixture).contains(spare))
            try await check(log, from: 41, through: 100)
            await log.close()
        }
    }

    @Test func aReadThatIsOvertakenLooksAgain() async throws {
        try await withPool(threads: 2, maximumRecentSize: 0) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let log = try fixture.open(LogFixture.small)
            try await append(40, to: log)
            let oldest = try #require(fixture.segmentPaths.first)
            let gate = OperationGate(fixture.disk) { $0.kind == .read && $0.path == oldest }
            async let read = log.read(lane: 0, from: 1, maximumCount: 5, maximumBytes: 1 << 20)
            await gate.waitUntilHeld()

            try await log.trim(before: 39)
            // The file of the oldest segment is renamed twice: a spare file, and then another segment.
            while !spares(fixture).isEmpty { try await append(1, to: log) }
            try await append(8, to: log)
            let first = try #require(log.index.firstSealed?.baseIndex)
            gate.open()
            let entries = try await read.entries
            #expect(entries.map(\.index) == Array(stride(from: first + first % 2, to: first + first % 2 + 10, by: 2)))
            #expect(entries.allSatisfy { Array($0.payload.readableBytesView) == Self.payload($0.index) })
            await log.close()
        }
    }

    /// Readers are behind the writer by about as much as the log holds.
    @Test(arguments: [1, 2, 3]) func readersNeverSeeWhatWasWrittenOver(seed: UInt64) async throws {
        try await withPool(threads: 3) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let log = try fixture.open(LogFixture.small)
            try await append(20, to: log)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for lane in UInt32(0)..<2 {
                    group.addTask {
                        var random = SeededRandom(seed: seed + UInt64(lane) * 100)
                        var next: UInt64 = 1
                        var count = 0
                        while next < 1500 {
                            // At the tip a read does not suspend.
                            await Task.yield()
                            try Task.checkCancellation()
                            if Int.random(in: 0..<10, using: &random) == 0 {
                                next = try await log.firstIndex(lane: lane, atOrAfter: Int64(next))
                            }
                            let read = try await log.read(
                                lane: lane,
                                from: next,
                                maximumCount: 7,
                                maximumBytes: 1 << 20
                            )
                            for entry in read.entries {
                                #expect(entry.index >= next && entry.lane == lane)
                                #expect(Array(entry.payload.readableBytesView) == Self.payload(entry.index))
                            }
                            count += read.entries.count
                            next = read.nextIndex
                        }
                        return count
                    }
                }
                for _ in 0..<300 {
                    try await append(5, to: log)
                    try await log.trim(before: Int64(log.nextIndex) - 25)
                }
                for try await count in group { #expect(count > 0) }
            }
            await log.close()
        }
    }
}
