import NIOCore
import Testing
import WeirLogSimulation

@testable import WeirLog

/// The newest entries, which are kept in memory for readers at the tip.
@Suite(.timeLimit(.minutes(5))) struct LogRecentTests {
    @Test func atTheTipTheDiskIsNotRead() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            for number in 0..<100 { _ = try await log.append([NewLogEntry(UInt32(number % 3), "\(number)")]) }
            let large = [UInt8](repeating: 7, count: RecentFrames.leastSizeKeptWhole)
            _ = try await log.append([NewLogEntry(1, large), NewLogEntry(2, "between"), NewLogEntry(1, large)])
            #expect(try await log.texts(0).count == 34)
            #expect(try await log.all(1, maximumCount: 2).suffix(2).map(\.payload) == [large, large])
            #expect(try await log.all(2, from: 50).map(\.index).allSatisfy { $0 >= 50 })
            #expect(try await log.texts(2).last == "between")
            #expect(fixture.disk.readBytes == 0)
            await log.close()
        }
    }

    @Test func limitsHoldInMemoryToo() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            for _ in 0..<10 { _ = try await log.append([NewLogEntry(1, [UInt8](repeating: 0, count: 100))]) }
            var read = try await log.read(lane: 1, from: 1, maximumCount: 3, maximumBytes: 1000)
            #expect(read.entries.map(\.index) == [1, 2, 3] && read.nextIndex == 4 && !read.isAtTip)
            read = try await log.read(lane: 1, from: 4, maximumCount: 100, maximumBytes: 399)
            #expect(read.entries.map(\.index) == [4, 5, 6] && read.nextIndex == 7)
            read = try await log.read(lane: 1, from: 7, maximumCount: 100, maximumBytes: 400)
            #expect(read.entries.map(\.index) == [7, 8, 9, 10] && read.isAtTip)
            read = try await log.read(lane: 1, from: 2, maximumCount: 100, maximumBytes: 0)
            #expect(read.entries.map(\.index) == [2], "one at least")
            read = try await log.read(lane: 1, from: 2, maximumCount: 0, maximumBytes: 100)
            #expect(read.entries.isEmpty && read.nextIndex == 2 && !read.isAtTip)
            #expect(fixture.disk.readBytes == 0)
            await log.close()
        }
    }

    /// What left the memory is read from disk, whatever the sizes of commits and wherever a reader begins.
    @Test(arguments: UInt64(0)..<20) func memoryIsBoundedForAllLogsTogether(seed: UInt64) async throws {
        let pool = LogWriterPool(threads: 1, maximumRecentSizeInBytes: 20_000)
        let fixture = LogFixture(pool: pool, disk: MemoryDisk())
        let other = try Log.open(directory: "/other", pool: pool, fileSystem: fixture.disk, logger: .quiet)
        let log = try fixture.open(LogFixture.small)
        var random = SeededRandom(seed: seed)
        var known: [KnownEntry] = []
        for round in 0..<40 {
            let entries = (0..<Int.random(in: 1...4, using: &random)).map { place in
                let count = Int.random(in: 0...(round % 7 == 3 ? 5000 : 200), using: &random)
                return NewLogEntry(
                    UInt32.random(in: 0...2, using: &random),
                    [UInt8](repeating: UInt8(place), count: count)
                )
            }
            let first = try await log.append(entries)
            for (place, entry) in entries.enumerated() {
                let payload = Array(entry.payload.readableBytesView)
                let index = first + UInt64(place)
                known.append(KnownEntry(index: index, lane: entry.lane, timestamp: 0, payload: payload))
            }
            if round % 5 == 0 {
                _ = try await other.append([NewLogEntry(0, [UInt8](repeating: 1, count: 3000))])
            }
            let start = UInt64.random(in: 1...log.nextIndex, using: &random)
            let lane = UInt32.random(in: 0...2, using: &random)
            let found = try await log.all(lane, from: start, maximumCount: 5)
            #expect(found == known.filter { $0.lane == lane && $0.index >= start })
            #expect(pool.recent.size <= 20_000)
        }
        #expect(fixture.disk.readBytes > 0)
        await log.close()
        await other.close()
        await pool.shutdown()
    }

    @Test func whatWasThereBeforeTheLogWasOpenedIsReadFromDisk() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open()
            for _ in 0..<10 { _ = try await log.append([NewLogEntry(0, "kept")]) }
            await log.close()
            log = try fixture.open()
            let read = fixture.disk.readBytes
            _ = try await log.append([NewLogEntry(0, "new")])
            #expect(try await log.all(0, from: 11).count == 1)
            #expect(fixture.disk.readBytes == read)
            #expect(try await log.texts(0).count == 11)
            #expect(fixture.disk.readBytes > read, "what was there before it was opened is on disk")
            await log.close()
        }
    }
}
