import Dispatch
import Logging
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

/// Packing while the power goes, the disk refuses, and others use the log.
@Suite(.timeLimit(.minutes(15))) struct LogPackingFaultTests {
    /// A log of some segments that are not packed, open.
    private func write(_ fixture: LogFixture) async throws -> (Log, PackingEntries) {
        let log = try fixture.open(LogFixture.unpacked)
        var entries = PackingEntries()
        try await entries.append(250, to: log)
        return (log, entries)
    }

    // MARK: The power goes

    /// Packs, and after so many operations of the disk the power is off. Whether all was packed before that.
    private func pack(_ log: Log, _ fixture: LogFixture, operations: Int) async -> Bool {
        fixture.disk.faults.operations = operations
        log.compression = .zstd
        await log.waitForPacking()
        let isDone = fixture.packedPaths.count == fixture.segmentPaths.count - 1
        fixture.disk.faults.operations = 0
        await log.close()
        return isDone && fixture.packingPaths.isEmpty
    }

    private func check(_ fixture: LogFixture, _ entries: PackingEntries, _ comment: Comment) async throws {
        let log = try fixture.open(LogFixture.unpacked)
        try await entries.check(log, comment)
        #expect(fixture.packingPaths.isEmpty, comment)
        log.compression = .zstd
        await log.waitForPacking()
        #expect(fixture.packedPaths.count == fixture.segmentPaths.count - 1, comment)
        try await entries.check(log, comment)
        let reports = try LogInspector(directory: fixture.directory, fileSystem: fixture.disk).inspect()
        #expect(reports.flatMap(\.damages).isEmpty, comment)
        await log.close()
    }

    /// What was not synced is lost, all of it or any of it.
    @Test(arguments: [true, false]) func powerGoesAtAnyStep(losesAll: Bool) async throws {
        var operations = 0
        var isDone = false
        while !isDone {
            try await withLogFixture { fixture in
                let (log, entries) = try await write(fixture)
                isDone = await pack(log, fixture, operations: operations)
                var random = SeededRandom(seed: UInt64(operations))
                if losesAll { fixture.disk.loseAllUnsynced() } else { fixture.disk.crash(using: &random) }
                try await check(fixture, entries, "\(operations) operations")
            }
            operations += 1
        }
        #expect(operations > 20)
    }

    @Test func processEndsAtAnyStepAndThenPowerGoes() async throws {
        var operations = 0
        var isDone = false
        while !isDone {
            try await withLogFixture { fixture in
                let (log, entries) = try await write(fixture)
                isDone = await pack(log, fixture, operations: operations)
                var random = SeededRandom(seed: 1)
                fixture.disk.endProcess(using: &random)
                let reopened = try fixture.open(LogFixture.unpacked)
                try await entries.check(reopened, "\(operations) operations")
                fixture.disk.faults.operations = 0
                await reopened.close()
                fixture.disk.loseAllUnsynced()
                try await check(fixture, entries, "\(operations) operations, and the power")
            }
            operations += 1
        }
    }

    // MARK: The disk refuses

    /// Lets an operation on the files to which segments are packed fail until told otherwise; appends go on, and then all is
    /// packed.
    private func refuse(_ kind: MemoryDisk.Operation.Kind, _ code: Int32, _ suffix: String = ".packing") async throws {
        let warnings = Messages()
        let pool = LogWriterPool(threads: 2)
        let fixture = LogFixture(pool: pool, disk: MemoryDisk())
        let log = try Log.open(
            directory: fixture.directory,
            pool: pool,
            fileSystem: fixture.disk,
            options: LogFixture.packing(),
            logger: warnings.logger
        )
        let failures = Atomic<Int>(0)
        fixture.disk.judge = { operation in
            guard operation.kind == kind, operation.path.hasSuffix(suffix) else { return .proceed }
            failures.add(1, ordering: .relaxed)
            return .fail(code, arrived: kind == .sync ? 1 : 0)
        }
        var entries = PackingEntries()
        while failures.load(ordering: .relaxed) < 3 { try await entries.append(10, to: log) }
        #expect(fixture.packedPaths.isEmpty)
        #expect(warnings.texts.count == 1, "it is told once, not at each attempt")
        fixture.disk.judge = nil
        // Another attempt comes by itself.
        while fixture.packedPaths.count < fixture.segmentPaths.count - 1 { await Task.yield() }
        await log.waitForPacking()
        #expect(warnings.texts.count == 2, "and that it is over")
        #expect(fixture.packingPaths.isEmpty)
        try await entries.check(log)
        await log.close()
        await pool.shutdown()
    }

    @Test func aFullDiskKeepsNoSegmentAndNoAppendFromBeingThere() async throws {
        try await refuse(.write, ENOSPC)
        try await refuse(.create, ENOSPC)
    }

    @Test func aSyncThatFailsCostsThePackedFileOnly() async throws { try await refuse(.sync, EIO) }

    @Test func aRenameThatFailsCostsThePackedFileOnly() async throws { try await refuse(.rename, EIO, ".segment") }

    @Test func aFolderThatCannotBeSyncedHoldsOneFileOrTheOther() async throws {
        try await withLogFixture { fixture in
            let (log, entries) = try await write(fixture)
            fixture.disk.judge = { $0.kind == .syncDirectory ? .fail(EIO) : .proceed }
            log.compression = .zstd
            await log.waitForPacking()
            try await entries.check(log)
            fixture.disk.judge = nil
            _ = try await log.append([NewLogEntry(9, "it goes on")])
            await log.close()
            fixture.disk.loseAllUnsynced()
            try await check(fixture, entries, "no name was durable")
        }
    }

    // MARK: Others use the log

    @Test func aSegmentThatIsTrimmedMeanwhileDoesNotComeBack() async throws {
        try await withLogFixture { fixture in
            let (log, entries) = try await write(fixture)
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
            let (log, entries) = try await write(fixture)
            let gate = OperationGate(fixture.disk) { $0.kind == .write && $0.path.hasSuffix(".packing") }
            log.compression = .zstd
            await gate.waitUntilHeld()
            async let closed: Void = log.close()
            while log.packing.withLock(\.isWanted) { await Task.yield() }
            gate.open()
            await closed
            // The step that was under way may have been the last of its segment.
            let paths = fixture.disk.paths
            #expect(fixture.packingPaths.isEmpty && fixture.packedPaths.count <= 1)
            await log.waitForPacking()
            #expect(fixture.disk.paths == paths && fixture.packedPaths.count <= 1)
            try await check(fixture, entries, "closed")
        }
    }

    @Test func switchingItOffEndsIt() async throws {
        try await withLogFixture { fixture in
            let (log, entries) = try await write(fixture)
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
            let (log, entries) = try await write(fixture)
            let oldest = try #require(fixture.segmentPaths.first)
            let isHeld = Atomic<Bool>(false)
            let gate = OperationGate(fixture.disk) { operation in
                guard operation.kind == .read, operation.path == oldest, operation.offset > 4096 else { return false }
                return isHeld.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
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
            let (log, written) = try await write(fixture)
            var entries = written
            let newest = try #require(log.index.newestUnsettled)
            let own = entries.known.filter { $0.lane == 1 }
            let first = try #require(own.first { $0.index >= newest.baseIndex })
            let isHeld = Atomic<Bool>(false)
            let gate = OperationGate(fixture.disk) { operation in
                guard operation.kind == .read, operation.path == newest.path, operation.offset > 4096 else {
                    return false
                }
                return isHeld.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
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
            let (log, entries) = try await write(fixture)
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
            let (log, entries) = try await write(fixture)
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

/// Holds the operations of a disk that are of a kind until it is opened.
private final class OperationGate: Sendable {
    private let held = DispatchSemaphore(value: 0)
    private let begun: AsyncStream<Void>

    init(_ disk: MemoryDisk, _ isHeld: @escaping @Sendable (MemoryDisk.Operation) -> Bool) {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        begun = stream
        disk.judge = { [held] operation in
            if isHeld(operation) {
                continuation.yield()
                held.wait()
                held.signal()
            }
            return .proceed
        }
    }

    func waitUntilHeld() async {
        for await _ in begun { return }
    }

    func open() { held.signal() }
}

/// Keeps the messages of a logger that are no mere details.
private final class Messages: Sendable {
    private let kept = Mutex<[String]>([])

    var texts: [String] { kept.withLock(\.self) }

    var logger: Logger { Logger(label: "test") { [self] _ in Handler(messages: self) } }

    private struct Handler: LogHandler {
        let messages: Messages
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { messages.kept.withLock { $0.append("\(event.message)") } }
    }
}
