import NIOCore
import Testing
import WeirLog
import WeirLogSimulation
import WeirRuntime

@Suite struct LogTests {
    @Test func newLogIsEmpty() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            #expect(log.nextIndex == 1)
            #expect(log.newestTimestamp(lane: 0) == nil)
            let read = try await log.read(lane: 0, from: 0, maximumCount: 10, maximumBytes: 100)
            #expect(read.entries.isEmpty && read.isAtTip && read.nextIndex == 1)
            #expect(try await log.firstIndex(lane: 0, atOrAfter: 0) == 1)
            #expect(try await log.barrier() == 1)
            await log.close()
        }
    }

    @Test func realFilesKeepEntriesOverReopening() async throws {
        let parent = "/tmp/weir-log-\(UInt64.random(in: 0 ... .max))"
        let directory = "\(parent)/deep"
        defer { try? SystemFileSystem().removeTree(parent) }
        try await withPool { pool in
            var expected: [KnownEntry] = []
            for round in 0..<3 {
                let log = try Log.open(directory: directory, pool: pool, options: LogFixture.small, logger: .quiet)
                #expect(log.nextIndex == UInt64(expected.count) + 1)
                #expect(try await log.all(7) == expected)
                for number in 0..<40 {
                    let payload = [UInt8](repeating: UInt8(number), count: 100 * round + number)
                    let index = try await log.append([NewLogEntry(7, at: Int64(expected.count), payload)])
                    expected.append(
                        KnownEntry(index: index, lane: 7, timestamp: Int64(expected.count), payload: payload)
                    )
                }
                #expect(expected.map(\.index) == Array(1...UInt64(expected.count)))
                #expect(try await log.all(7) == expected)
                await log.close()
            }
            #expect(try SystemFileSystem().list(directory).count > 1)
        }
    }

    @Test(arguments: [(1, 1), (1, 20), (20, 1), (20, 7), (300, 3)])
    func lanesAreReadBackOverSegments(laneCount: Int, batch: Int) async throws {
        try await withLogFixture { fixture in
            var expected = [UInt32: [KnownEntry]]()
            var log = try fixture.open(LogFixture.small)
            var next: UInt64 = 1
            var random = SeededRandom(seed: UInt64(laneCount * 100 + batch))
            for _ in 0..<120 {
                let entries = (0..<batch).map { _ in
                    let size = Int.random(in: 0...200, using: &random)
                    let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
                    return NewLogEntry(
                        UInt32.random(in: 0..<UInt32(laneCount), using: &random),
                        at: Int64(next),
                        payload
                    )
                }
                #expect(try await log.append(entries) == next)
                for entry in entries {
                    let payload = Array(entry.payload.readableBytesView)
                    expected[entry.lane, default: []].append(
                        KnownEntry(index: next, lane: entry.lane, timestamp: entry.timestamp, payload: payload)
                    )
                    next += 1
                }
            }
            for reopened in [false, true] {
                if reopened {
                    await log.close()
                    log = try fixture.open(LogFixture.small)
                }
                #expect(log.nextIndex == next)
                for lane in 0..<UInt32(laneCount) {
                    let known = expected[lane] ?? []
                    #expect(try await log.all(lane) == known)
                    #expect(try await log.all(lane, maximumCount: 3) == known)
                    #expect(try await log.all(lane, maximumBytes: 250) == known)
                    #expect(log.newestTimestamp(lane: lane) == known.last?.timestamp)
                    if let middle = known.dropFirst(known.count / 2).first {
                        #expect(try await log.all(lane, from: middle.index) == Array(known[(known.count / 2)...]))
                    }
                }
            }
            #expect(fixture.segmentPaths.count > 1)
            await log.close()
        }
    }

    @Test func limitsOfAReadAreExact() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append((0..<10).map { NewLogEntry(1, [UInt8](repeating: $0, count: 10)) })
            func counts(_ count: Int, _ bytes: Int) async throws -> (Int, UInt64, Bool) {
                let read = try await log.read(lane: 1, from: 1, maximumCount: count, maximumBytes: bytes)
                return (read.entries.count, read.nextIndex, read.isAtTip)
            }
            #expect(try await counts(0, 100) == (0, 1, false))
            #expect(try await counts(3, 100) == (3, 4, false))
            #expect(try await counts(9, 1000) == (9, 10, false))
            #expect(try await counts(10, 1000) == (10, 11, true))
            #expect(try await counts(10, 0) == (1, 2, false))
            #expect(try await counts(10, 9) == (1, 2, false))
            #expect(try await counts(10, 19) == (1, 2, false))
            #expect(try await counts(10, 20) == (2, 3, false))
            #expect(try await counts(10, 99) == (9, 10, false))
            #expect(try await counts(10, 100) == (10, 11, true))
            await log.close()
        }
    }

    @Test func positionsBesideTheLaneAreAnswered() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([
                NewLogEntry(1, "a"), NewLogEntry(2, "b"), NewLogEntry(1, "c"), NewLogEntry(2, "d"),
            ])
            let between = try await log.read(lane: 1, from: 2, maximumCount: 10, maximumBytes: 100)
            #expect(between.entries.map(\.index) == [3] && between.isAtTip)
            let tip = try await log.read(lane: 1, from: 4, maximumCount: 10, maximumBytes: 100)
            #expect(tip.entries.isEmpty && tip.isAtTip && tip.nextIndex == 5)
            let beyond = try await log.read(lane: 1, from: 99, maximumCount: 10, maximumBytes: 100)
            #expect(beyond.entries.isEmpty && beyond.isAtTip && beyond.nextIndex == 99)
            let other = try await log.read(lane: 3, from: 0, maximumCount: 10, maximumBytes: 100)
            #expect(other.entries.isEmpty && other.isAtTip && other.nextIndex == 5)
            await log.close()
        }
    }

    @Test func timestampsNeverGoBack() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, at: 50, "a"), NewLogEntry(2, at: 40, "b")])
            _ = try await log.append([NewLogEntry(1, at: 45, "c")])
            await log.close()
            log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, at: 10, "d"), NewLogEntry(1, at: 60, "e")])
            #expect(try await log.all(1).map(\.timestamp) == [50, 50, 50, 60])
            #expect(try await log.all(2).map(\.timestamp) == [50])
            #expect(log.newestTimestamp(lane: 2) == 50)
            await log.close()
        }
    }

    @Test func aPrefixIsStoredBeforeThePayload() async throws {
        try await withLogFixture { fixture in
            var options = LogOptions()
            options.maximumPayloadSizeInBytes = 9
            let log = try fixture.open(options)
            let parts = [("a", "bc"), ("def", ""), ("", "gh"), ("", ""), ("ijklm", "nopq")]
            // Slices whose bytes do not begin where their buffers do.
            var prefixes = ByteBuffer(string: "-" + parts.map(\.0).joined())
            prefixes.moveReaderIndex(forwardBy: 1)
            let entries = parts.map { prefix, payload in
                var after = ByteBuffer(string: "-" + payload)
                after.moveReaderIndex(forwardBy: 1)
                return NewLogEntry(lane: 1, timestamp: 0, prefixSize: prefix.utf8.count, payload: after)
            }
            _ = try await log.append(entries, prefixes: prefixes)
            let texts = parts.map { $0 + $1 }
            #expect(try await log.texts(1) == texts)
            let large = NewLogEntry(
                lane: 1,
                timestamp: 0,
                prefixSize: 1,
                payload: ByteBuffer(repeating: 0, count: 9)
            )
            #expect(
                await logError { _ = try await log.append([large], prefixes: ByteBuffer(string: "r")) }?.code
                    == .tooLarge
            )
            await log.close()
            let reopened = try fixture.open(options)
            #expect(try await reopened.texts(1) == texts)
            await reopened.close()
        }
    }

    @Test func tooLargeIsRefusedAtTheEdge() async throws {
        try await withLogFixture { fixture in
            var options = LogOptions()
            options.maximumPayloadSizeInBytes = 100
            options.maximumAppendSizeInBytes = 136 + 48
            let log = try fixture.open(options)
            let largest = NewLogEntry(1, [UInt8](repeating: 1, count: 100))
            _ = try await log.append([largest])
            let over = await logError { _ = try await log.append([NewLogEntry(1, [UInt8](repeating: 1, count: 101))]) }
            #expect(over?.code == .tooLarge)
            #expect(over?.isRetryable == false)
            _ = try await log.append([largest, NewLogEntry(1, [UInt8](repeating: 1, count: 16))])
            let sum = await logError {
                _ = try await log.append([largest, NewLogEntry(1, [UInt8](repeating: 1, count: 17))])
            }
            #expect(sum?.code == .tooLarge)
            #expect(log.nextIndex == 4)
            await log.close()
        }
    }

    @Test func closedLogRefuses() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, "a")])
            await log.close()
            await log.close()
            #expect(await logError { _ = try await log.append([NewLogEntry(1, "b")]) }?.code == .closed)
            #expect(await logError { _ = try await log.barrier() }?.code == .closed)
            #expect(await logError { try await log.trim(before: 0) }?.code == .closed)
            #expect(await logError { _ = try await log.all(1) }?.code == .closed)
        }
    }

    @Test func poolThatIsShutDownRefuses() async throws {
        let pool = LogWriterPool(threads: 1, maximumRecentSizeInBytes: 0)
        let fixture = LogFixture(pool: pool, disk: MemoryDisk())
        let log = try fixture.open()
        _ = try await log.append([NewLogEntry(1, "a")])
        await pool.shutdown()
        #expect(await logError { _ = try await log.append([NewLogEntry(1, "b")]) }?.code == .closed)
        #expect(await logError { _ = try await log.all(1) }?.code == .closed)
        await log.close()
    }

    @Test func openSealedSegmentsAreBounded() async throws {
        try await withPool(maximumOpenSegments: 2) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let log = try fixture.open(LogFixture.small)
            for number in 0..<200 {
                _ = try await log.append([NewLogEntry(1, [UInt8](repeating: UInt8(number), count: 300))])
            }
            #expect(fixture.segmentPaths.count > 5)
            #expect(try await log.all(1).map { $0.payload[0] } == Array(0..<200))
            #expect(try await log.all(1, maximumCount: 1).count == 200)
            #expect(pool.openSegmentCount <= 2)
            await log.close()
            #expect(pool.openSegmentCount == 0)
        }
    }

    @Test func sparseLaneReadsLittleMoreThanItsBytes() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open()
            for _ in 0..<20 {
                _ = try await log.append((0..<100).map { NewLogEntry($0, [UInt8](repeating: 1, count: 1000)) })
            }
            // What was just appended would be read from memory.
            await log.close()
            log = try fixture.open()
            let before = fixture.disk.readBytes
            #expect(try await log.all(50).count == 20)
            #expect(fixture.disk.readBytes - before <= 2 * 20 * 1000)
            await log.close()
        }
    }

    /// What is between a lane's entries is not kept in memory with them.
    @Test func payloadsOfASparseLaneKeepLittle() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            let entries = (0..<2_000).map { number in
                NewLogEntry(UInt32(number % 4), [UInt8](repeating: UInt8(number % 251), count: 200))
            }
            _ = try await log.append(entries)
            let read = try await log.read(lane: 1, from: 0, maximumCount: 1_000, maximumBytes: 1 << 20)
            #expect(read.entries.count == 500)
            // 100,000 bytes of a commit of 464,000.
            #expect(read.entries.buffers.count == 1 && read.entries.buffers[0].storageCapacity <= 200_000)
            for (number, entry) in read.entries.enumerated() {
                #expect(entry.payload == ByteBuffer(repeating: UInt8((number * 4 + 1) % 251), count: 200))
            }
            await log.close()
        }
    }
}
