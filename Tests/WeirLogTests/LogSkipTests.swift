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

/// A log that may have lost what it acknowledged is opened, and the process or the machine ends meanwhile, again and again: no
/// index is given twice, and nothing is lost that was not.
@Suite(.timeLimit(.minutes(15))) struct LogSkipTests {
    /// What the last segment is when the log is opened.
    enum Tail: CaseIterable, Sendable {
        case new, withEntries, empty, emptyAndAllTrimmed
    }

    private struct Written {
        var texts: [String]
        /// The greatest index that was given.
        var newestIndex: UInt64
    }

    private func write(_ tail: Tail, _ fixture: LogFixture) async throws -> Written {
        var options = LogFixture.small
        options.durability = .interval(nanoseconds: 3_600_000_000_000)
        options.segmentSizeInBytes = 4096 + 200
        let log = try fixture.open(options)
        var texts: [String] = []
        if tail != .new {
            for number in 0..<4 {
                texts.append("\(number)" + String(repeating: "-", count: 100))
                _ = try await log.append([NewLogEntry(1, at: 10, texts[number])])
            }
        }
        if tail == .emptyAndAllTrimmed {
            try await log.trim(before: 11)
            texts = []
        }
        if tail == .withEntries { _ = try await log.barrier() }
        let segmentCount = fixture.segmentPaths.count
        // Two of them do not fit behind an entry: they begin a segment, for which what is before it is synced.
        let lost = [NewLogEntry(1, at: 10, "lost"), NewLogEntry(2, at: 10, "lost")]
        let newest = tail == .withEntries ? try await log.append([lost[0]]) : try await log.append(lost) + 1
        #expect(fixture.segmentPaths.count == (tail == .empty ? segmentCount + 1 : segmentCount))
        fixture.disk.loseAllUnsynced()
        return Written(texts: texts, newestIndex: newest)
    }

    /// Opens the log; after so many operations the power is off. Whether it was opened before that.
    private func open(_ fixture: LogFixture, operations: Int) async -> Bool {
        fixture.disk.faults.operations = operations
        let log = try? fixture.open(LogFixture.small)
        fixture.disk.faults.operations = 0
        await log?.close()
        return log != nil
    }

    private func check(_ written: Written, _ fixture: LogFixture, _ comment: Comment) async throws {
        let log = try fixture.open(LogFixture.small)
        #expect(try await log.texts(1) == written.texts, comment)
        #expect(log.nextIndex > written.newestIndex, comment)
        let index = try await log.append([NewLogEntry(3, at: 0, "new")])
        #expect(index > written.newestIndex, comment)
        #expect(log.newestTimestamp(lane: 3) == (written.newestIndex == 2 ? 0 : 10), comment)
        let inspector = LogInspector(directory: "/log", fileSystem: fixture.disk)
        #expect(try inspector.inspect().flatMap(\.damages).isEmpty, comment)
        await log.close()
        let again = try fixture.open(LogFixture.small)
        #expect(again.nextIndex == index + 1, comment)
        #expect(try await again.texts(3) == ["new"], comment)
        await again.close()
    }

    @Test(arguments: Tail.allCases)
    func powerGoesAtAnyStep(tail: Tail) async throws {
        var operations = 0
        var isOpened = false
        while !isOpened {
            try await withLogFixture { fixture in
                let written = try await write(tail, fixture)
                isOpened = await open(fixture, operations: operations)
                fixture.disk.loseAllUnsynced()
                try await check(written, fixture, "\(tail), \(operations) operations")
            }
            operations += 1
        }
        #expect(operations > 10)
    }

    /// The name of the mark is not durable, the process ends, and the next one begins a segment that skips indexes and cannot write
    /// its header. Of what was not synced then, any part is there.
    @Test(arguments: 0..<30) func aMarkThatIsNotDurableIsMadeSo(seed: UInt64) async throws {
        try await withLogFixture { fixture in
            var random = SeededRandom(seed: seed)
            var options = LogFixture.small
            options.durability = .interval(nanoseconds: 3_600_000_000_000)
            let log = try fixture.open(LogFixture.small)
            _ = try await log.append([NewLogEntry(1, at: 10, "kept")])
            await log.close()
            let failing = try fixture.open(options)
            fixture.disk.judge = { $0.kind == .syncDirectory ? .fail(EIO) : .proceed }
            let refusal = await logError { _ = try await failing.append([NewLogEntry(1, at: 10, "refused")]) }
            #expect(refusal?.code == .failed)
            await failing.close()
            fixture.disk.endProcess(using: &random)
            fixture.disk.judge = { operation in
                let isHeader = operation.kind == .write && operation.count == LogFormat.headerPageSize
                return isHeader ? .fail(ENOSPC, arrived: 440) : .proceed
            }
            let error = await logError { [options] in _ = try fixture.open(options) }
            #expect(error?.code == .noSpace)
            fixture.disk.judge = nil
            fixture.disk.crash(using: &random)
            let reopened = try fixture.open(options)
            let texts = try await reopened.texts(1)
            #expect(texts == ["kept"])
            await reopened.close()
        }
    }

    /// The files are as they are in memory, durable or not, until the power goes while the log is opened anew.
    @Test(arguments: Tail.allCases)
    func processEndsAtAnyStepAndThenPowerGoes(tail: Tail) async throws {
        for first in stride(from: 4, to: 40, by: 1) {
            for second in stride(from: 3, to: 40, by: 1) {
                var isDone = false
                try await withLogFixture { fixture in
                    let written = try await write(tail, fixture)
                    var random = SeededRandom(seed: 1)
                    isDone = await open(fixture, operations: first)
                    fixture.disk.endProcess(using: &random)
                    let isOpened = await open(fixture, operations: second)
                    fixture.disk.loseAllUnsynced()
                    try await check(written, fixture, "\(tail), \(first) and \(second) operations")
                    isDone = isDone || isOpened
                }
                if isDone { break }
            }
        }
    }
}
