import Logging
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

/// Packing while the power goes or the disk refuses.
@Suite(.timeLimit(.minutes(15))) struct LogPackingFaultTests {
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

    /// What was not synced is lost, all of it or any of it.
    @Test(arguments: [true, false]) func powerGoesAtAnyStep(losesAll: Bool) async throws {
        var operations = 0
        var isDone = false
        while !isDone {
            try await withLogFixture { fixture in
                let (log, entries) = try await fixture.writeUnpacked()
                isDone = await pack(log, fixture, operations: operations)
                var random = SeededRandom(seed: UInt64(operations))
                if losesAll { fixture.disk.loseAllUnsynced() } else { fixture.disk.crash(using: &random) }
                try await fixture.check(entries, "\(operations) operations")
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
                let (log, entries) = try await fixture.writeUnpacked()
                isDone = await pack(log, fixture, operations: operations)
                var random = SeededRandom(seed: 1)
                fixture.disk.endProcess(using: &random)
                let reopened = try fixture.open(LogFixture.unpacked)
                try await entries.check(reopened, "\(operations) operations")
                fixture.disk.faults.operations = 0
                await reopened.close()
                fixture.disk.loseAllUnsynced()
                try await fixture.check(entries, "\(operations) operations, and the power")
            }
            operations += 2
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
        try await entries.append(250, to: log)
        try await until("it is tried again") { failures.load(ordering: .relaxed) >= 3 }
        try await entries.append(10, to: log)
        #expect(fixture.packedPaths.isEmpty)
        #expect(warnings.texts.count == 1, "it is told once, not at each attempt")
        fixture.disk.judge = nil
        // Another attempt comes by itself.
        try await until("all is packed") { fixture.packedPaths.count == fixture.segmentPaths.count - 1 }
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
            let (log, entries) = try await fixture.writeUnpacked()
            fixture.disk.judge = { $0.kind == .syncDirectory ? .fail(EIO) : .proceed }
            log.compression = .zstd
            await log.waitForPacking()
            try await entries.check(log)
            fixture.disk.judge = nil
            _ = try await log.append([NewLogEntry(9, "it goes on")])
            await log.close()
            fixture.disk.loseAllUnsynced()
            try await fixture.check(entries, "no name was durable")
        }
    }
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
