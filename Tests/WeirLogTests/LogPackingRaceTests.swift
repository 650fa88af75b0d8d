import NIOCore
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

/// Packing while others use the log.
@Suite(.timeLimit(.minutes(5))) struct LogPackingRaceTests {
    @Test func aSegmentThatIsTrimmedMeanwhileDoesNotComeBack() async throws {
        try await withLogFixture { fixture in
            let (log, entries) = try await fixture.writeUnpacked()
            let newest = try #require(log.index.newestUnsettled)
            let gate = OperationGate(fixture.disk) { $0.kind == .sync && $0.path.hasSuffix(".packing") }
            log.compression = .zstd
            await gate.waitUntilHeld()
            try await log.trim(before: .max)
            #expect(!fixture.segmentPaths.contains(newest.path))
            gate.open()
            await log.waitForPacking()
            #expect(fixture.segmentPaths.count == 1 && fixture.packingPaths.isEmpty)
            #expect(log.nextIndex == UInt64(entries.known.count) + 1)
            #expect(try await log.all(1).isEmpty)
            await log.close()
            let reopened = try fixture.open(LogFixture.packing())
            #expect(reopened.nextIndex == UInt64(entries.known.count) + 1)
            await reopened.close()
        }
    }

    @Test func closingEndsItAndLeavesNothing() async throws {
        try await withLogFixture { fixture in
            let (log, entries) = try await fixture.writeUnpacked()
            let gate = OperationGate(fixture.disk) { $0.kind == .write && $0.path.hasSuffix(".packing") }
            log.compression = .zstd
            await gate.waitUntilHeld()
            async let closed: Void = log.close()
            try await until("it is closing") { !log.packing.withLock(\.isWanted) }
            gate.open()
            await closed
            // The step that was under way may have been the last of its segment.
            let paths = fixture.disk.paths
            #expect(fixture.packingPaths.isEmpty && fixture.packedPaths.count <= 1)
            await log.waitForPacking()
            #expect(fixture.disk.paths == paths && fixture.packedPaths.count <= 1)
            try await fixture.check(entries, "closed")
        }
    }

    @Test func switchingItOffEndsIt() async throws {
        try await withLogFixture { fixture in
            let (log, entries) = try await fixture.writeUnpacked()
            let gate = OperationGate(fixture.disk) { $0.kind == .sync && $0.path.hasSuffix(".packing") }
            log.compression = .zstd
            await gate.waitUntilHeld()
            log.compression = .none
            gate.open()
            await log.waitForPacking()
            #expect(fixture.packedPaths.count <= 1 && fixture.packingPaths.isEmpty)
            try await entries.check(log)
            log.compression = .zstd
            await log.waitForPacking()
            #expect(fixture.packedPaths.count == fixture.segmentPaths.count - 1)
            await log.close()
        }
    }

    @Test func aReaderGoesOnWithTheFileThatItHolds() async throws {
        try await withPool(threads: 2, maximumRecentSize: 0) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let (log, entries) = try await fixture.writeUnpacked()
            let oldest = try #require(fixture.segmentPaths.first)
            let gate = OperationGate(fixture.disk) { operation in
                operation.kind == .read && operation.path == oldest && operation.offset > 4096
            }
            async let read = log.read(lane: 1, from: 1, maximumCount: 50, maximumBytes: 1 << 20)
            await gate.waitUntilHeld()
            log.compression = .zstd
            await log.waitForPacking()
            #expect(fixture.isPacked(oldest))
            gate.open()
            let found = try await read.entries.map { KnownEntry($0) }
            #expect(found == Array(entries.known.filter { $0.lane == 1 }.prefix(50)))
            try await entries.check(log)
            await log.close()
        }
    }

    /// The file of a packed segment becomes the next one while somebody still reads it.
    @Test(arguments: [true, false]) func aReaderWhoseFileIsWrittenOverLooksAgain(isSearch: Bool) async throws {
        try await withPool(threads: 2, maximumRecentSize: 0) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let (log, written) = try await fixture.writeUnpacked()
            var entries = written
            let newest = try #require(log.index.newestUnsettled)
            let own = entries.known.filter { $0.lane == 1 }
            let first = try #require(own.first { $0.index >= newest.baseIndex })
            let gate = OperationGate(fixture.disk) { operation in
                operation.kind == .read && operation.path == newest.path && operation.offset > 4096
            }
            let timestamp = try #require(own.last { $0.index < newest.nextIndex }).timestamp - 2
            let search = Task { () async throws(LogError) -> [UInt64] in
                if isSearch { return [try await log.firstIndex(lane: 1, atOrAfter: timestamp)] }
                let read = try await log.read(lane: 1, from: first.index, maximumCount: 20, maximumBytes: 1 << 20)
                return read.entries.map(\.index)
            }
            await gate.waitUntilHeld()
            log.compression = .zstd
            await log.waitForPacking()
            #expect(fixture.disk.paths.count { $0.hasSuffix(".spare") } == 1, "the file of the newest, packed first")
            log.compression = .none
            let segmentCount = fixture.segmentPaths.count
            while fixture.segmentPaths.count < segmentCount + 2 { try await entries.append(10, to: log) }
            #expect(!fixture.disk.paths.contains { $0.hasSuffix(".spare") })
            gate.open()
            let indexes = try await search.value
            let matching = own.filter { isSearch ? $0.timestamp >= timestamp : $0.index >= first.index }
            #expect(indexes == matching.prefix(isSearch ? 1 : 20).map(\.index))
            try await entries.check(log)
            await log.close()
            let reopened = try fixture.open(LogFixture.packing())
            try await entries.check(reopened)
            await reopened.close()
        }
    }

    @Test func whereAFileCannotHaveTwoNamesNoneIsKept() async throws {
        try await withLogFixture { fixture in
            let (log, entries) = try await fixture.writeUnpacked()
            fixture.disk.judge = { $0.kind == .link ? .fail(EPERM) : .proceed }
            log.compression = .zstd
            await log.waitForPacking()
            #expect(fixture.packedPaths.count == fixture.segmentPaths.count - 1)
            #expect(fixture.disk.paths == fixture.segmentPaths)
            try await entries.check(log)
            await log.close()
        }
    }

    @Test func aCopyHoldsTheSegmentsAsTheyAre() async throws {
        try await withLogFixture { fixture in
            let (log, entries) = try await fixture.writeUnpacked()
            let point = try #require(log.copyPoint)
            log.compression = .zstd
            await log.waitForPacking()
            let report = try log.copy(to: "/copy", at: point)
            #expect(report.entryCount == entries.known.count)
            #expect(fixture.packedPaths.count { $0.hasPrefix("/copy/") } == fixture.segmentPaths.count / 2 - 1)
            await log.close()
            let copy = try Log.open(
                directory: "/copy",
                pool: fixture.pool,
                fileSystem: fixture.disk,
                options: LogFixture.packing(),
                logger: .quiet
            )
            try await entries.check(copy)
            await copy.close()
        }
    }

    /// Packing, appends, trims and readers, all at once.
    @Test(arguments: [1, 2, 3]) func readersSeeWhatIsThereWhilePackingGoesOn(seed: UInt64) async throws {
        try await withPool(threads: 3, maximumOpenSegments: 2, maximumRecentSize: 0) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let log = try fixture.open(LogFixture.packing())
            try await withThrowingTaskGroup(of: Int.self) { group in
                for lane in UInt32(0)..<2 {
                    group.addTask {
                        var random = SeededRandom(seed: seed + UInt64(lane) * 100)
                        var next: UInt64 = 1
                        var count = 0
                        while next < 3000 {
                            // At the tip a read does not suspend.
                            await Task.yield()
                            try Task.checkCancellation()
                            if Int.random(in: 0..<10, using: &random) == 0 { next -= min(next - 1, 200) }
                            let read = try await log.read(lane: lane, from: next, maximumCount: 20, maximumBytes: 4000)
                            for entry in read.entries {
                                #expect(entry.index >= next && entry.lane == lane)
                                let payload = Array(entry.payload.readableBytesView)
                                #expect(payload == PackingEntries.payload(Int(entry.index)))
                            }
                            count += read.entries.count
                            next = read.nextIndex
                        }
                        return count
                    }
                }
                while log.nextIndex < 3100 {
                    let entries = (0..<5).map { place in
                        let index = log.nextIndex + UInt64(place)
                        return NewLogEntry(UInt32(index % 2), at: Int64(index), PackingEntries.payload(Int(index)))
                    }
                    _ = try await log.append(entries)
                    if log.nextIndex % 100 == 1 { try await log.trim(before: Int64(log.nextIndex) - 1500) }
                }
                for try await count in group { #expect(count > 1000) }
            }
            await log.close()
        }
    }

    /// The logs of a pool take turns, and one that is closed gives its own up.
    @Test func manyLogsArePackedOneAfterTheOther() async throws {
        let pool = LogWriterPool(threads: 2)
        let disk = MemoryDisk()
        var logs: [(Log, PackingEntries)] = []
        for number in 0..<6 {
            let log = try Log.open(
                directory: "/log\(number)",
                pool: pool,
                fileSystem: disk,
                options: LogFixture.unpacked,
                logger: .quiet
            )
            var entries = PackingEntries()
            try await entries.append(200, to: log)
            logs.append((log, entries))
        }
        let busy = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        disk.judge = { operation in
            guard operation.path.hasSuffix(".packing") else { return .proceed }
            if operation.kind == .create { most.max(busy.add(1, ordering: .relaxed).newValue, ordering: .relaxed) }
            if operation.kind == .sync || operation.kind == .remove { busy.subtract(1, ordering: .relaxed) }
            return .proceed
        }
        for (log, _) in logs { log.compression = .zstd }
        await logs[3].0.close()
        for (log, _) in logs { await log.waitForPacking() }
        for (number, (log, entries)) in logs.enumerated() where number != 3 {
            #expect(disk.paths.contains { $0.hasPrefix("/log\(number)/") })
            try await entries.check(log)
            #expect(log.index.newestUnsettled == nil)
            await log.close()
        }
        #expect(most.load(ordering: .relaxed) == 1)
        await pool.shutdown()
    }
}
