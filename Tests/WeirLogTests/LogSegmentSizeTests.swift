import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

/// A size of segments that is set while the log is open.
@Suite(.timeLimit(.minutes(15))) struct LogSegmentSizeTests {
    private static let payload = [UInt8](repeating: 7, count: 480)
    private static let frameSize = 512

    /// Segments of 8 KiB; a spare file may have 1 KiB more than two of them.
    private static var options: LogOptions {
        var options = LogFixture.small
        options.maximumBatchSizeInBytes = 1 << 10
        return options
    }

    /// Appends one entry after the other, as late as its index.
    private func append(_ count: Int, to log: Log) async throws {
        for _ in 0..<count {
            _ = try await log.append([NewLogEntry(0, at: Int64(log.nextIndex), Self.payload)])
        }
    }

    /// Appends until there are so many more segments.
    private func append(segments count: Int, to log: Log, _ fixture: LogFixture) async throws {
        var newest = fixture.segmentPaths.last
        var others = 0
        while others < count {
            try await append(1, to: log)
            if fixture.segmentPaths.last != newest { others += 1 }
            newest = fixture.segmentPaths.last
        }
    }

    private func spares(_ fixture: LogFixture) -> [String] { fixture.disk.paths.filter { $0.hasSuffix(".spare") } }

    /// Entries of each sealed segment.
    private func entryCounts(_ fixture: LogFixture) -> [UInt64] {
        let bases = fixture.segmentPaths.compactMap(LogFormat.baseIndex(ofPath:))
        return zip(bases.dropFirst(), bases).map { $0 - $1 }
    }

    private func expectWhole(_ log: Log) async throws {
        let entries = try await log.all(0)
        let first = try #require(entries.first?.index)
        #expect(entries.map(\.index) == Array(first..<log.nextIndex))
        #expect(entries.allSatisfy { $0.payload == Self.payload })
    }

    @Test func theNextAppendFollowsIt() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open(Self.options)
            #expect(log.segmentSizeInBytes == 8 << 10)
            try await append(10, to: log)
            #expect(entryCounts(fixture) == [8])
            // The tail grows to the new size, and so does the one after it.
            log.segmentSizeInBytes = 16 << 10
            try await append(39, to: log)
            #expect(entryCounts(fixture) == [8, 24])
            #expect(log.nextIndex == 50)
            // A tail that is larger already is ended by the next entry.
            log.segmentSizeInBytes = 6 << 10
            try await append(1, to: log)
            #expect(entryCounts(fixture) == [8, 24, 17])
            try await append(4, to: log)
            #expect(entryCounts(fixture) == [8, 24, 17, 4])
            try await expectWhole(log)

            // Nothing that is on disk depends on it.
            var random = SeededRandom(seed: 1)
            fixture.disk.crash(using: &random)
            var options = Self.options
            options.segmentSizeInBytes = 64 << 10
            log = try fixture.open(options)
            #expect(log.segmentSizeInBytes == 64 << 10)
            #expect(log.nextIndex == 55)
            try await append(100, to: log)
            #expect(entryCounts(fixture) == [8, 24, 17, 4])
            try await expectWhole(log)
            log.segmentSizeInBytes = 5 << 30
            #expect(log.segmentSizeInBytes == 4 << 30)
            // A segment an append, at least.
            log.segmentSizeInBytes = .min
            #expect(log.segmentSizeInBytes == 0)
            try await append(3, to: log)
            #expect(entryCounts(fixture).suffix(2) == [1, 1])
            try await expectWhole(log)
            await log.close()
        }
    }

    /// Files of the smallest and the largest size that fit, and of one that does not.
    @Test(arguments: [(16, true), (17, false), (4, true), (3, false)])
    func spareFilesAreWrittenOverWhereTheyFit(kibibytes: Int, fits: Bool) async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open(Self.options)
            try await append(segments: 3, to: log, fixture)
            try await log.trim(before: Int64(log.nextIndex) - 1)
            #expect(spares(fixture).count == 2)
            let size = fixture.disk[try #require(spares(fixture).last)].count
            log.segmentSizeInBytes = kibibytes << 10
            try await append(segments: 1, to: log, fixture)
            #expect(spares(fixture).count == (fits ? 1 : 0))
            #expect(log.spares.count == spares(fixture).count)
            let tail = fixture.disk[try #require(fixture.segmentPaths.last)].count
            #expect((tail == size) == fits, "\(tail) of \(size)")
            // It grows beyond what the file had, or is cut where it ends.
            try await append(segments: 1, to: log, fixture)
            let sealed = fixture.disk[fixture.segmentPaths[fixture.segmentPaths.count - 2]].count
            let count = max(1, ((kibibytes << 10) - LogFormat.headerPageSize) / Self.frameSize)
            let footerSize = sealed - LogFormat.headerPageSize - count * Self.frameSize
            #expect((1..<1000).contains(footerSize))
            try await expectWhole(log)
            var random = SeededRandom(seed: 1)
            fixture.disk.crash(using: &random)
            log = try fixture.open(Self.options)
            try await expectWhole(log)
            await log.close()
            #expect(fixture.pool.spares.take(1 << 30), "all room was given back")
        }
    }

    /// What is trimmed later, of segments of before, becomes no spare file either.
    @Test(arguments: [2, 18]) func segmentsOfAnotherSizeAreRemovedWhenTheyAreTrimmed(kibibytes: Int) async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.options)
            try await append(segments: 3, to: log, fixture)
            log.segmentSizeInBytes = kibibytes << 10
            try await append(1, to: log)
            let first = try #require(log.index.firstSealed?.baseIndex)
            try await log.trim(before: Int64(first) + 9)
            #expect(log.index.firstSealed.map { $0.baseIndex > first } ?? true)
            #expect(spares(fixture).isEmpty)
            await log.close()
        }
    }

    @Test func filesMadeAheadHaveTheNewSize() async throws {
        try await withLogFixture { fixture in
            var options = LogOptions()
            options.segmentSizeInBytes = 5 << 18
            let log = try fixture.open(options)
            log.segmentSizeInBytes = 5 << 16
            let payload = [UInt8](repeating: 7, count: 1000)
            while log.spares.count == 0 {
                try #require(log.nextIndex < 10_000, "none was prepared")
                _ = try await log.append([NewLogEntry(0, at: 1, payload)])
            }
            #expect(fixture.disk[try #require(spares(fixture).first)].count == 5 << 16)
            await log.close()
        }
    }
}
