import NIOCore
import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

/// Segments that are written anew, by lane and compressed.
@Suite(.timeLimit(.minutes(5))) struct LogPackingTests {
    @Test(arguments: [600, 2000, 64 << 10]) func whatIsPackedReadsTheSame(blockSize: Int) async throws {
        try await withLogFixture { fixture in
            var options = LogFixture.packing(blockSize: blockSize)
            let log = try fixture.open(options)
            var entries = PackingEntries()
            try await entries.append(400, to: log)
            await log.waitForPacking()
            let paths = fixture.segmentPaths
            #expect(paths.count > 3)
            #expect(paths.map { fixture.isPacked($0) } == Array(repeating: true, count: paths.count - 1) + [false])
            #expect(paths.dropLast().allSatisfy { fixture.disk[$0].count < 12 << 10 })
            #expect(fixture.packingPaths.isEmpty)
            try await entries.check(log)
            await log.close()
            // What is packed stays so when nothing is to be packed any more.
            options.compression = .none
            let reopened = try fixture.open(options)
            try await entries.check(reopened)
            try await entries.append(100, to: reopened)
            await reopened.waitForPacking()
            try await entries.check(reopened)
            #expect(fixture.segmentPaths.count { fixture.isPacked($0) } == paths.count - 1)
            await reopened.close()
        }
    }

    @Test func segmentsThatWereSealedBeforeArePackedTheNewestFirst() async throws {
        try await withLogFixture { fixture in
            var options = LogFixture.unpacked
            var log = try fixture.open(options)
            var entries = PackingEntries()
            try await entries.append(400, to: log)
            await log.waitForPacking()
            #expect(!fixture.segmentPaths.contains { fixture.isPacked($0) })
            let renames = Renames(fixture.disk)
            log.compression = .zstd
            await log.waitForPacking()
            #expect(renames.paths == fixture.segmentPaths.dropLast().reversed())
            try await entries.check(log)
            await log.close()
            options.compression = .zstd
            log = try fixture.open(options)
            await log.waitForPacking()
            #expect(renames.paths.count == fixture.segmentPaths.count - 1, "none is packed twice")
            try await entries.check(log)
            await log.close()
        }
    }

    @Test func whatDoesNotBecomeSmallerIsLeft() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.packing())
            var random = SeededRandom(seed: 1)
            for number in 0..<60 {
                let payload = (0..<800).map { _ in UInt8.random(in: 0...255, using: &random) }
                _ = try await log.append([NewLogEntry(UInt32(number % 3), at: Int64(number), payload)])
            }
            await log.waitForPacking()
            #expect(fixture.segmentPaths.count > 3)
            #expect(!fixture.segmentPaths.contains { fixture.isPacked($0) })
            #expect(fixture.disk.paths == fixture.segmentPaths)
            #expect(fixture.pool.packedBytes == PackedBytes())
            await log.close()
        }
    }

    /// Of a thousand lanes in a segment, reading one reads a run of its own.
    @Test func readingOneLaneReadsItsBlocksAlone() async throws {
        try await withPool(maximumRecentSize: 0) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            var options = LogFixture.packing(blockSize: 64 << 10)
            options.segmentSizeInBytes = 1 << 20
            let log = try fixture.open(options)
            for number in 0..<12 {
                let entries = (0..<1000).map { lane in
                    NewLogEntry(UInt32(lane), at: Int64(number), PackingEntries.payload(number * 1000 + lane))
                }
                _ = try await log.append(entries)
            }
            await log.waitForPacking()
            #expect(fixture.segmentPaths.count == 2)
            #expect(fixture.isPacked(fixture.segmentPaths[0]))
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
            let log = try fixture.open(LogFixture.packing())
            let large = [UInt8](repeating: 7, count: 100_000)
            _ = try await log.append([NewLogEntry(1, "before"), NewLogEntry(1, large), NewLogEntry(1, "after")])
            _ = try await log.append([NewLogEntry(1, large)])
            await log.waitForPacking()
            #expect(fixture.isPacked(fixture.segmentPaths[0]))
            #expect(try await log.all(1).map(\.payload.count) == [6, 100_000, 5, 100_000])
            #expect(try await log.all(1, maximumCount: 1).map(\.payload.count) == [6, 100_000, 5, 100_000])
            await log.close()
        }
    }

    @Test func aSegmentWithADamagedFrameIsLeft() async throws {
        try await withLogFixture { fixture in
            var options = LogFixture.unpacked
            var log = try fixture.open(options)
            var entries = PackingEntries()
            try await entries.append(400, to: log)
            await log.close()
            let path = fixture.segmentPaths[1]
            fixture.disk[path][4096 + 40] ^= 1
            options.compression = .zstd
            log = try fixture.open(options)
            await log.waitForPacking()
            #expect(fixture.segmentPaths.map { fixture.isPacked($0) } == [true, false, true, false])
            #expect(fixture.packingPaths.isEmpty)
            let base = try #require(LogFormat.baseIndex(ofPath: path))
            let lane = try #require(entries.known.first { $0.index == base }).lane
            let error = await logError {
                _ = try await log.read(lane: lane, from: base, maximumCount: 1, maximumBytes: 100)
            }
            #expect(error?.corruptIndex == base && error?.corruptCount == 1)
            await log.close()
        }
    }

    @Test func bytesOfPackedSegmentsAreCounted() async throws {
        try await withLogFixture { fixture in
            let options = LogFixture.unpacked
            let log = try fixture.open(options)
            var entries = PackingEntries()
            try await entries.append(400, to: log)
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
