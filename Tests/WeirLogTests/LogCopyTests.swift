import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

/// Copies of a log that is in use.
@Suite(.timeLimit(.minutes(5))) struct LogCopyTests {
    private static let copy = "/copy"

    private func append(_ numbers: Range<Int>, to log: Log) async throws {
        for number in numbers {
            let payload = [UInt8](repeating: UInt8(number % 256), count: 500)
            _ = try await log.append([NewLogEntry(1, at: Int64(number), payload)])
        }
    }

    /// The timestamps of the entries of the copy, read as a log.
    private func timestamps(_ fixture: LogFixture) async throws -> [Int64] {
        let log = try Log.open(
            directory: Self.copy,
            pool: fixture.pool,
            fileSystem: fixture.disk,
            options: LogFixture.small,
            logger: .quiet
        )
        let timestamps = try await log.all(1).map(\.timestamp)
        await log.close()
        return timestamps
    }

    @Test func itHoldsWhatWasDurableAtThePointAndNoMore() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            try await append(0..<40, to: log)
            let point = try #require(log.copyPoint)
            #expect(point.nextIndex == 41)
            // The tail of the point is sealed, and has a footer, by now.
            try await append(40..<80, to: log)
            let report = try log.copy(to: Self.copy, at: point)
            #expect(report.entryCount == 40 && report.byteCount > 20_000)
            #expect(try await timestamps(fixture) == Array(0..<40))
            #expect(try await log.all(1).count == 80)
            await log.close()
        }
    }

    @Test func anEmptyLogIsCopied() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            let point = try #require(log.copyPoint)
            #expect(try log.copy(to: Self.copy, at: point).entryCount == 0)
            #expect(try await timestamps(fixture) == [])
            await log.close()
        }
    }

    @Test func whatIsTrimmedAfterThePointIsLeftOutWithoutAGap() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            try await append(0..<40, to: log)
            let point = try #require(log.copyPoint)
            try await log.trim(before: 20)
            let kept = try await log.all(1).map(\.timestamp)
            #expect(kept.count < 40 && kept.last == 39)
            #expect(try log.copy(to: Self.copy, at: point).entryCount == kept.count)
            #expect(try await timestamps(fixture) == kept)
            // Of all that is trimmed the place stays.
            try await log.trim(before: 1000)
            let empty = try #require(log.copyPoint)
            try fixture.disk.removeTree(Self.copy)
            #expect(try log.copy(to: Self.copy, at: empty).entryCount == 0)
            #expect(fixture.segmentPaths.contains { $0.hasPrefix(Self.copy) && $0.hasSuffix("41.segment") })
            await log.close()
        }
    }

    @Test func aLogThatWasClosedIsNotCopied() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            try await append(0..<40, to: log)
            let point = try #require(log.copyPoint)
            await log.close()
            #expect(log.copyPoint == nil)
            #expect(await logError { _ = try log.copy(to: Self.copy, at: point) }?.code == .closed)
        }
    }

    @Test func damageIsTold() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            try await append(0..<40, to: log)
            let point = try #require(log.copyPoint)
            let file = try fixture.disk.open(try #require(fixture.segmentPaths.first), .readWrite)
            try [UInt8]([1, 2, 3]).withUnsafeBytes { try file.write($0, at: 4096 + 100) }
            let error = await logError { _ = try log.copy(to: Self.copy, at: point) }
            #expect(error?.code == .corrupt)
            #expect(error?.corruptIndex == 1)
            await log.close()
        }
    }
}
