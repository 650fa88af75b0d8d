import Synchronization
import Testing
import WeirLog
import WeirLogSimulation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The process ends in the middle of something, goes on with what is in the memory of the machine, and then the power goes. Each
/// was found by a seed of ``LogHistoryTests``.
@Suite(.timeLimit(.minutes(15))) struct LogRestartTests {
    /// The process ends before an operation of a kind, the first after so many.
    private func endProcess(
        _ fixture: LogFixture,
        before kind: MemoryDisk.Operation.Kind,
        after count: Int = 0,
        _ body: () async throws -> Void
    ) async {
        let left = Countdown(count + 1)
        fixture.disk.judge = { operation in
            // Once it is 0, everything fails.
            left.next(isOne: operation.kind == kind) <= 0 ? .fail(EIO) : .proceed
        }
        try? await body()
        fixture.disk.judge = nil
        var random = SeededRandom(seed: 1)
        fixture.disk.endProcess(using: &random)
    }

    private func expectAppendIsDurable(_ fixture: LogFixture) async throws {
        let log = try fixture.open()
        _ = try await log.append([NewLogEntry(1, "a")])
        fixture.disk.loseAllUnsynced()
        await log.close()
        let reopened = try fixture.open()
        #expect(try await reopened.texts(1) == ["a"])
        await reopened.close()
    }

    /// The folder's own name is synced first, by the folder above it.
    @Test(arguments: 0...1) func theNamesOfATailThatWasBeingMadeAreMadeDurable(syncs: Int) async throws {
        try await withLogFixture { fixture in
            await endProcess(fixture, before: .syncDirectory, after: syncs) { _ = try fixture.open() }
            #expect(fixture.segmentPaths.count == syncs, "it ended where it was to")
            try await expectAppendIsDurable(fixture)
        }
    }

    @Test func theNameOfAFolderThatWasThereIsMadeDurable() async throws {
        try await withLogFixture { fixture in
            try fixture.disk.addDirectory(fixture.directory)
            try await expectAppendIsDurable(fixture)
        }
    }

    /// A start with many logs would wait for as many syncs of the folder that holds them.
    @Test func theNameOfAFolderIsNotSyncedAgainWhenASegmentIsInIt() async throws {
        try await withLogFixture { fixture in
            try await expectAppendIsDurable(fixture)
            fixture.disk.judge = { $0.kind == .syncDirectory && $0.path == "/" ? .fail(EIO) : .proceed }
            await (try fixture.open()).close()
        }
    }

    @Test(arguments: 0..<10)
    func theHeaderOfATailWhoseSyncFailedIsWrittenAgain(seed: UInt64) async throws {
        try await withLogFixture { fixture in
            // Chance decides what of it is on disk.
            fixture.disk.seed(seed)
            // That of the folder above succeeds.
            fixture.disk.faults.syncs = 1
            #expect(throws: LogError.self) { _ = try fixture.open() }
            fixture.disk.faults.syncs = nil
            try await expectAppendIsDurable(fixture)
        }
    }

    @Test func aFooterThatWasNotSyncedIsWrittenAgain() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, at: 1, "a")])
            // Sealing syncs the file with its footer.
            await endProcess(fixture, before: .sync) { try await log.trim(before: 2) }
            await log.close()
            let reopened = try fixture.open(LogFixture.small)
            // Another sealed segment behind it: recovery looks at the footer of the last one only.
            for _ in 0..<2 {
                _ = try await reopened.append([NewLogEntry(1, at: 1, [UInt8](repeating: 0, count: 5000))])
            }
            fixture.disk.loseAllUnsynced()
            await reopened.close()
            let again = try fixture.open()
            let point = try #require(again.copyPoint)
            #expect(try again.copy(to: "/copy", at: point).entryCount == 3, "the footer is whole")
            await again.close()
        }
    }

    @Test func aRemovalOfAnEarlierProcessIsMadeDurableBeforeTheNext() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            for number in 0..<60 {
                _ = try await log.append([NewLogEntry(1, at: Int64(number), [UInt8](repeating: 0, count: 300))])
            }
            let paths = fixture.segmentPaths
            try #require(paths.count > 3)
            // The removal of the first file is done, and its folder not synced: the first sync is that before the removals.
            await endProcess(fixture, before: .syncDirectory, after: 1) { try await log.trim(before: 50) }
            await log.close()
            #expect(fixture.segmentPaths == Array(paths.dropFirst()))
            let reopened = try fixture.open(LogFixture.small)
            await endProcess(fixture, before: .syncDirectory, after: 1) { try await reopened.trim(before: 50) }
            await reopened.close()
            #expect(fixture.segmentPaths == Array(paths.dropFirst(2)))
            fixture.disk.loseAllUnsynced()
            #expect(fixture.segmentPaths == Array(paths.dropFirst()), "the second was removed after the first was gone")
        }
    }

    @Test func anOldHeaderInTheFileOfANewSegmentIsNoDamage() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, at: 1, "a")])
            let header = Array(fixture.disk[try #require(fixture.segmentPaths.first)].prefix(4096))
            try await log.trim(before: 2)
            await log.close()
            // The file of the tail was made, and its blocks hold what another segment held there.
            fixture.disk[try #require(fixture.segmentPaths.last)] = header
            let reopened = try fixture.open()
            #expect(try await reopened.append([NewLogEntry(1, "b")]) == 2)
            await reopened.close()
        }
    }
}

/// Counts down.
private final class Countdown: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    /// How many are left, after this one if it is one.
    func next(isOne: Bool) -> Int { left.subtract(isOne ? 1 : 0, ordering: .relaxed).newValue }
}
