import NIOCore
import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

/// Segments that are written anew, by lane and compressed.
@Suite(.timeLimit(.minutes(5))) struct LogPackingTests {
    private static let lanes = UInt32(0)..<4

    /// A payload that compresses as records do, unlike any other.
    private static func payload(_ number: Int) -> [UInt8] {
        Array(#"{"number":\#(number),"carrier":"US","origin":"EWR","dest":"CLT","delay":\#(number * 7 % 50)}"#.utf8)
    }

    private static func options(blockSize: Int = 600) -> LogOptions {
        var options = LogFixture.small
        options.segmentSizeInBytes = 16 << 10
        options.compression = .zstd
        options.packedBlockSizeInBytes = blockSize
        options.packingPauseInNanoseconds = 1_000_000
        return options
    }

    /// Appends entries to the lanes, several at a time, and waits until nothing is left to pack.
    @discardableResult
    private func append(_ numbers: Range<Int>, to log: Log) async throws -> [KnownEntry] {
        var known: [KnownEntry] = []
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 10) {
            let entries = (start..<min(start + 10, numbers.upperBound)).map { number in
                NewLogEntry(UInt32(number * number % 7 % 4), at: Int64(number / 3), Self.payload(number))
            }
            let first = try await log.append(entries)
            for (place, entry) in entries.enumerated() {
                let payload = Array(entry.payload.readableBytesView)
                let index = first + UInt64(place)
                known.append(KnownEntry(index: index, lane: entry.lane, timestamp: entry.timestamp, payload: payload))
            }
        }
        await log.waitForPacking()
        return known
    }

    private func isPacked(_ path: String, _ fixture: LogFixture) -> Bool {
        guard case .valid(let header) = fixture.disk[path].withUnsafeBytes({ SegmentHeader.read($0) }) else {
            return false
        }
        return header.isPacked
    }

    private func check(_ log: Log, _ known: [KnownEntry], _ comment: Comment? = nil) async throws {
        for lane in Self.lanes {
            let expected = known.filter { $0.lane == lane }
            for (count, bytes) in [(1000, 1 << 30), (7, 1 << 30), (1000, 300)] {
                let found = try await log.all(lane, maximumCount: count, maximumBytes: bytes)
                #expect(found == expected, comment)
            }
            let newest = known.map(\.timestamp).max() ?? 0
            for timestamp in stride(from: Int64(0), through: newest + 1, by: 5) {
                let index = try await log.firstIndex(lane: lane, atOrAfter: timestamp)
                let first = expected.first { $0.timestamp >= timestamp }
                #expect(index == first?.index ?? log.nextIndex, comment)
            }
        }
    }

    @Test(arguments: [600, 2000, 64 << 10]) func whatIsPackedReadsTheSame(blockSize: Int) async throws {
        try await withLogFixture { fixture in
            var options = Self.options(blockSize: blockSize)
            let log = try fixture.open(options)
            let known = try await append(0..<400, to: log)
            let paths = fixture.segmentPaths
            #expect(paths.count > 3)
            #expect(paths.map { isPacked($0, fixture) } == Array(repeating: true, count: paths.count - 1) + [false])
            #expect(paths.dropLast().allSatisfy { fixture.disk[$0].count < 12 << 10 })
            #expect(fixture.disk.paths == paths)
            try await check(log, known)
            await log.close()
            // What is packed stays so when nothing is to be packed any more.
            options.compression = .none
            let reopened = try fixture.open(options)
            try await check(reopened, known)
            let more = try await append(400..<500, to: reopened)
            try await check(reopened, known + more)
            #expect(fixture.segmentPaths.count { isPacked($0, fixture) } == paths.count - 1)
            await reopened.close()
        }
    }

    @Test func segmentsThatWereSealedBeforeArePackedTheNewestFirst() async throws {
        try await withLogFixture { fixture in
            var options = Self.options()
            options.compression = .none
            var log = try fixture.open(options)
            let known = try await append(0..<400, to: log)
            #expect(!fixture.segmentPaths.contains { isPacked($0, fixture) })
            let renames = Renames(fixture.disk)
            log.compression = .zstd
            await log.waitForPacking()
            #expect(renames.paths == fixture.segmentPaths.dropLast().reversed())
            try await check(log, known)
            await log.close()
            options.compression = .zstd
            log = try fixture.open(options)
            await log.waitForPacking()
            #expect(renames.paths.count == fixture.segmentPaths.count - 1, "none is packed twice")
            try await check(log, known)
            await log.close()
        }
    }

    @Test func whatDoesNotBecomeSmallerIsLeft() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.options())
            var random = SeededRandom(seed: 1)
            for number in 0..<60 {
                let payload = (0..<800).map { _ in UInt8.random(in: 0...255, using: &random) }
                _ = try await log.append([NewLogEntry(UInt32(number % 3), at: Int64(number), payload)])
            }
            await log.waitForPacking()
            #expect(fixture.segmentPaths.count > 3)
            #expect(!fixture.segmentPaths.contains { isPacked($0, fixture) })
            #expect(fixture.disk.paths == fixture.segmentPaths)
            #expect(fixture.pool.packedBytes == PackedBytes())
            await log.close()
        }
    }

    /// Of a thousand lanes in a segment, reading one reads a run of its own.
    @Test func readingOneLaneReadsItsBlocksAlone() async throws {
        try await withPool(maximumRecentSize: 0) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            var options = Self.options(blockSize: 64 << 10)
            options.segmentSizeInBytes = 1 << 20
            let log = try fixture.open(options)
            for number in 0..<12 {
                let entries = (0..<1000).map { NewLogEntry(UInt32($0), at: Int64(number), Self.payload(number * 1000 + $0)) }
                _ = try await log.append(entries)
            }
            await log.waitForPacking()
            #expect(fixture.segmentPaths.count == 2)
            #expect(isPacked(fixture.segmentPaths[0], fixture))
            let read = try await log.read(lane: 500, from: 1, maximumCount: 1, maximumBytes: 1 << 20)
            let before = fixture.disk.readBytes
            let last = read.entries[0].index
            let all = try await log.read(lane: 500, from: last, maximumCount: 5, maximumBytes: 1 << 20)
            #expect(all.entries.count == 5)
            #expect(fixture.disk.readBytes - before < 1000)
            await log.close()
        }
    }

    @Test func aLargeEntryHasABlockOfItsOwn() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(Self.options())
            let large = [UInt8](repeating: 7, count: 100_000)
            _ = try await log.append([NewLogEntry(1, "before"), NewLogEntry(1, large), NewLogEntry(1, "after")])
            _ = try await log.append([NewLogEntry(1, large)])
            await log.waitForPacking()
            #expect(isPacked(fixture.segmentPaths[0], fixture))
            #expect(try await log.all(1).map(\.payload.count) == [6, 100_000, 5, 100_000])
            #expect(try await log.all(1, maximumCount: 1).map(\.payload.count) == [6, 100_000, 5, 100_000])
            await log.close()
        }
    }

    @Test func aSegmentWithADamagedFrameIsLeft() async throws {
        try await withLogFixture { fixture in
            var options = Self.options()
            options.compression = .none
            var log = try fixture.open(options)
            let known = try await append(0..<300, to: log)
            await log.close()
            let path = fixture.segmentPaths[1]
            fixture.disk[path][4096 + 40] ^= 1
            options.compression = .zstd
            log = try fixture.open(options)
            await log.waitForPacking()
            #expect(fixture.segmentPaths.map { isPacked($0, fixture) } == [true, false, true, false])
            #expect(fixture.disk.paths == fixture.segmentPaths)
            let base = try #require(LogFormat.baseIndex(ofPath: path))
            let lane = try #require(known.first { $0.index == base }).lane
            let error = await logError {
                _ = try await log.read(lane: lane, from: base, maximumCount: 1, maximumBytes: 100)
            }
            #expect(error?.corruptIndex == base && error?.corruptCount == 1)
            await log.close()
        }
    }

    @Test func bytesOfPackedSegmentsAreCounted() async throws {
        try await withLogFixture { fixture in
            var options = Self.options()
            options.compression = .none
            let log = try fixture.open(options)
            try await append(0..<400, to: log)
            let before = fixture.segmentPaths.dropLast().reduce(0) { $0 + fixture.disk[$1].count }
            log.compression = .zstd
            await log.waitForPacking()
            let after = fixture.segmentPaths.dropLast().reduce(0) { $0 + fixture.disk[$1].count }
            #expect(fixture.pool.packedBytes == PackedBytes(before: before, after: after))
            #expect(after < before * 9 / 10)
            await log.close()
        }
    }
}
