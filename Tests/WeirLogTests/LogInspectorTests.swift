import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

@Suite(.timeLimit(.minutes(15))) struct LogInspectorTests {
    /// What a log of some segments holds, after it was closed.
    private func write(_ fixture: LogFixture) async throws -> [KnownEntry] {
        let log = try fixture.open(LogFixture.small)
        for number in 0..<40 {
            let payload = [UInt8](repeating: UInt8(number), count: 500)
            _ = try await log.append([NewLogEntry(UInt32(number % 3), at: Int64(number), payload)])
        }
        var entries: [KnownEntry] = []
        for lane in 0..<3 as Range<UInt32> { entries += try await log.all(lane) }
        await log.close()
        #expect(fixture.segmentPaths.count > 3)
        return entries.sorted { $0.index < $1.index }
    }

    private func inspect(_ fixture: LogFixture) throws -> (entries: [KnownEntry], reports: [SegmentReport]) {
        var entries: [KnownEntry] = []
        let inspector = LogInspector(directory: fixture.directory, fileSystem: fixture.disk)
        let reports = try inspector.inspect { entry in
            entries.append(KnownEntry(entry))
            return true
        }
        return (entries, reports)
    }

    @Test func givesAllEntriesInOrderAndChangesNothing() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            let files = fixture.segmentPaths.map { fixture.disk[$0] }
            let (entries, reports) = try inspect(fixture)
            #expect(entries == written)
            #expect(reports.map(\.path) == fixture.segmentPaths)
            #expect(reports.map(\.nextIndex) == reports.dropFirst().map(\.baseIndex) + [41])
            #expect(reports.map(\.isSealed) == Array(repeating: true, count: reports.count - 1) + [false])
            #expect(reports.reduce(0) { $0 + $1.entryCount } == 40)
            #expect(reports.reduce(0) { $0 + $1.frameBytes } == Int64(40 * FrameHeader.frameSize(payloadSize: 500)))
            #expect(reports.first?.timestamps?.lowerBound == 0)
            #expect(reports.last?.timestamps?.upperBound == 39)
            #expect(reports.allSatisfy { $0.damages.isEmpty && $0.tornTailOffset == nil })
            #expect(fixture.segmentPaths.map { fixture.disk[$0] } == files)
        }
    }

    @Test func stopsWhereItIsTold() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            var entries: [KnownEntry] = []
            let inspector = LogInspector(directory: fixture.directory, fileSystem: fixture.disk)
            let reports = try inspector.inspect { entry in
                entries.append(KnownEntry(entry))
                return entries.count < 2
            }
            #expect(entries == Array(written.prefix(2)))
            #expect(reports.count == 1)
        }
    }

    @Test func aFlippedBitInASealedSegmentCostsOneEntry() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            let path = fixture.segmentPaths[1]
            let base = try #require(LogFormat.baseIndex(ofPath: path))
            let offset = 4096 + 2 * FrameHeader.frameSize(payloadSize: 500)
            fixture.disk[path][offset + 100] ^= 0x10
            let (entries, reports) = try inspect(fixture)
            #expect(entries == written.filter { $0.index != base + 2 })
            #expect(
                reports[1].damages == [
                    LogDamage(path: path, offset: Int64(offset), index: base + 2, message: "the frame is damaged")
                ]
            )
            #expect(
                reports[1].damages[0].description
                    == "\(path): offset \(offset): entry \(base + 2): the frame is damaged"
            )
            #expect(reports.indices.allSatisfy { $0 == 1 || reports[$0].damages.isEmpty })
        }
    }

    @Test(arguments: [20, 70])
    func aDamagedFooterCostsNoEntry(place: Int) async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            let path = fixture.segmentPaths[1]
            fixture.disk[path][fixture.disk[path].count - place] ^= 1
            let (entries, reports) = try inspect(fixture)
            #expect(entries == written)
            #expect(reports[1].damages.map(\.index) == [nil])
            #expect(
                reports[1].damages.first?.message.hasPrefix(place == 70 ? "the footer is" : "the trailer is") == true
            )
            #expect(reports[1].nextIndex == reports[2].baseIndex)
        }
    }

    @Test func withoutAFooterADamagedFrameHidesTheRestOfItsSegment() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            let path = fixture.segmentPaths[1]
            let base = try #require(LogFormat.baseIndex(ofPath: path))
            fixture.disk[path].removeLast(64)
            fixture.disk[path][4096 + FrameHeader.frameSize(payloadSize: 500) + 40] ^= 1
            let (entries, reports) = try inspect(fixture)
            let next = reports[2].baseIndex
            #expect(entries == written.filter { $0.index <= base || $0.index >= next })
            #expect(reports[1].damages.map(\.index) == [nil, base + 1])
            #expect(reports[1].damages.last?.message.contains("to entry \(next - 1), are not found") == true)
        }
    }

    @Test func tellsATornTailFromADamagedOne() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            let path = try #require(fixture.segmentPaths.last)
            let intact = fixture.disk[path]
            let base = try #require(LogFormat.baseIndex(ofPath: path))
            let frame = FrameHeader.frameSize(payloadSize: 500)
            let count = written.count { $0.index >= base }
            #expect(count > 1)
            // The last group commit: it may never have been synced.
            fixture.disk[path][4096 + (count - 1) * frame + 50] ^= 1
            var (entries, reports) = try inspect(fixture)
            #expect(entries == Array(written.dropLast()))
            #expect(reports.last?.tornTailOffset == Int64(4096 + (count - 1) * frame))
            #expect(reports.last?.damages.isEmpty == true)
            // One before it: the later one proves that it was.
            fixture.disk[path] = intact
            fixture.disk[path][4096 + 50] ^= 1
            (entries, reports) = try inspect(fixture)
            #expect(entries == written.filter { $0.index < base })
            #expect(reports.last?.damages.map(\.index) == [base])
            #expect(reports.last?.tornTailOffset == nil)
        }
    }

    /// A visitor that takes its time lets the server write on behind what was read already.
    @Test func whatAServerWritesMeanwhileIsNoDamage() async throws {
        try await withLogFixture { fixture in
            // Zeros ahead, so that the file does not grow, and entries up to near the end of the first window of the scan.
            var options = LogOptions()
            options.minimumExtensionSizeInBytes = 4 << 20
            let log = try fixture.open(options)
            let large = [UInt8](repeating: 7, count: 100_000)
            for _ in 0..<9 { _ = try await log.append([NewLogEntry(1, large)]) }
            let path = fixture.segmentPaths[0]
            let before = fixture.disk[path]
            for _ in 0..<20 { _ = try await log.append([NewLogEntry(1, large)]) }
            let after = fixture.disk[path]
            await log.close()
            fixture.disk[path] = before
            var indexes: [UInt64] = []
            let reports = try LogInspector(directory: fixture.directory, fileSystem: fixture.disk).inspect { entry in
                if indexes.isEmpty { try? fixture.disk.open(path, .readWrite).write(after[...], at: 0) }
                indexes.append(entry.index)
                return true
            }
            #expect(reports.map(\.damages) == [[]])
            #expect(reports[0].tornTailOffset == nil)
            #expect(indexes == Array(1...29))
            #expect(reports[0].nextIndex == 30)
        }
    }

    @Test func namesAMissingSegment() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            let paths = fixture.segmentPaths
            let first = try #require(LogFormat.baseIndex(ofPath: paths[1]))
            let next = try #require(LogFormat.baseIndex(ofPath: paths[2]))
            try fixture.disk.remove(paths[1])
            let (entries, reports) = try inspect(fixture)
            #expect(entries == written.filter { $0.index < first || $0.index >= next })
            #expect(reports[0].damages.map(\.message) == ["entries \(first) to \(next - 1) are missing"])
        }
    }

    @Test func aDamagedHeaderIsNamedUnlessTheSegmentIsNewAndEmpty() async throws {
        try await withLogFixture { fixture in
            _ = try await write(fixture)
            let paths = fixture.segmentPaths
            fixture.disk[paths[0]][16] ^= 1
            fixture.disk[paths[1]][8] = 4
            fixture.disk[paths[paths.count - 1]] = [UInt8](repeating: 0, count: 4096)
            let reports = try inspect(fixture).reports
            #expect(reports[0].damages.map(\.message) == ["the segment header is damaged"])
            #expect(reports[1].damages.map(\.message) == ["format version 4; this program reads up to 3"])
            #expect(reports.last?.damages.isEmpty == true)
            #expect(reports.last?.tornTailOffset == 0)
        }
    }

    @Test func aDiskThatCannotBeReadIsAnError() async throws {
        try await withLogFixture { fixture in
            _ = try await write(fixture)
            fixture.disk.faults.operations = 3
            let error = await logError {
                _ = try LogInspector(directory: fixture.directory, fileSystem: fixture.disk).inspect()
            }
            #expect(error?.code == .io)
        }
    }
}
