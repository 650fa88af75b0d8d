import NIOCore
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

@Suite(.timeLimit(.minutes(15))) struct LogFaultTests {
    @Test func failedSyncEndsAppendsForGood() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, "a")])
            fixture.disk.faults.syncs = 0
            let error = await logError { _ = try await log.append([NewLogEntry(1, "b")]) }
            #expect(error?.code == .failed)
            #expect(error?.isRetryable == false)
            fixture.disk.faults.syncs = nil
            #expect(await logError { _ = try await log.append([NewLogEntry(1, "c")]) }?.code == .failed)
            #expect(await logError { _ = try await log.barrier() }?.code == .failed)
            #expect(await logError { try await log.trim(before: 0) }?.code == .failed)
            #expect(try await log.texts(1) == ["a"], "reads go on")
            #expect(log.nextIndex == 2)
            // However often it refuses.
            #expect(fixture.pool.failedLogCount == 1)
            await log.close()
            await log.close()
            #expect(fixture.pool.failedLogCount == 0)
            let reopened = try fixture.open()
            #expect(try await reopened.texts(1).first == "a")
            _ = try await reopened.append([NewLogEntry(1, "d")])
            await reopened.close()
        }
    }

    /// After a failed sync the page cache may show bytes that are not on disk. What recovery shows must be.
    @Test func recoveryMakesWhatItShowsDurable() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, "a")])
            fixture.disk.faults.syncs = 0
            _ = await logError { _ = try await log.append([NewLogEntry(1, "b")]) }
            fixture.disk.faults.syncs = nil
            let reopened = try fixture.open()
            let shown = try await reopened.texts(1)
            #expect(shown == ["a", "b"])
            var random = SeededRandom(seed: 1)
            fixture.disk.crash(using: &random)
            let again = try fixture.open()
            #expect(try await again.texts(1) == shown)
            await again.close()
        }
    }

    @Test(arguments: [(ENOSPC, LogError.Code.noSpace), (EDQUOT, .noSpace), (EIO, .io)], [0, 5, 100])
    func failedWriteIsUndone(failure: (error: Int32, code: LogError.Code), arrived: Int) async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            _ = try await log.append([NewLogEntry(1, "a")])
            // The first write of the append may be that of the zeros ahead: fail that, and then the one after it.
            for succeeding in 0...1 {
                fixture.disk.faults = .init(writes: succeeding, writeError: failure.error, bytesOfFailedWrite: arrived)
                let large = NewLogEntry(1, [UInt8](repeating: 9, count: 3000))
                let error = await logError { _ = try await log.append([large]) }
                #expect(error?.code == failure.code)
                #expect(error?.isRetryable == true)
                #expect(try await log.texts(1) == ["a"])
                fixture.disk.faults = .init()
            }
            #expect(try await log.append([NewLogEntry(1, "b")]) == 2, "the log goes on, and no index is lost")
            await log.close()
            let reopened = try fixture.open(LogFixture.small)
            #expect(try await reopened.texts(1) == ["a", "b"])
            await reopened.close()
        }
    }

    @Test func writeThatCannotBeUndoneEndsAppends() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, "a")])
            fixture.disk.faults = .init(writes: 0, truncations: 0)
            #expect(await logError { _ = try await log.append([NewLogEntry(1, "b")]) }?.code == .failed)
            fixture.disk.faults = .init()
            #expect(await logError { _ = try await log.append([NewLogEntry(1, "c")]) }?.code == .failed)
            #expect(try await log.texts(1) == ["a"])
            await log.close()
        }
    }

    /// The disk is full at any of the writes that sealing and beginning a segment take.
    @Test(arguments: 0..<6)
    func fullDiskWhileRolling(succeeding: Int) async throws {
        try await withLogFixture { fixture in
            var options = LogFixture.small
            options.segmentSizeInBytes = 4096 + 200
            let log = try fixture.open(options)
            var expected: [String] = []
            for round in 0..<8 {
                let text = String(repeating: "\(round)", count: 150)
                fixture.disk.faults = .init(writes: succeeding, bytesOfFailedWrite: 40)
                let error = await logError { _ = try await log.append([NewLogEntry(1, text)]) }
                fixture.disk.faults = .init()
                if let error {
                    #expect(error.code == .noSpace)
                    #expect(try await log.append([NewLogEntry(1, text)]) == UInt64(expected.count) + 1)
                }
                expected.append(text)
                #expect(try await log.texts(1) == expected)
            }
            await log.close()
            let reopened = try fixture.open(options)
            #expect(try await reopened.texts(1) == expected)
            await reopened.close()
        }
    }

    @Test func failedReadIsAnErrorAndPasses() async throws {
        try await withPool(maximumRecentSize: 0) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, "a")])
            fixture.disk.faults.operations = 0
            #expect(await logError { _ = try await log.texts(1) }?.code == .io)
            fixture.disk.faults.operations = nil
            #expect(try await log.texts(1) == ["a"])
            await log.close()
        }
    }

    /// The disk cannot read one place: the entry there is named in the error, and all others are read, whatever else is read with
    /// them.
    @Test func placeThatCannotBeReadCostsOneEntry() async throws {
        try await withPool(maximumOpenSegments: 1) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let log = try fixture.open(LogFixture.small)
            for number in 0..<40 {
                let payload = [UInt8](repeating: UInt8(number), count: 300)
                _ = try await log.append([NewLogEntry(UInt32(number % 2), at: Int64(number), payload)])
            }
            let sealed = try #require(fixture.segmentPaths.first)
            var unreadable: Set<[UInt64]> = []
            // Beyond the header, without which nothing of the segment is known.
            for bad in stride(from: 4096, to: fixture.disk[sealed].count, by: 50) {
                fixture.disk.judge = { operation in
                    let isThere =
                        operation.kind == .read && operation.path == sealed && operation.offset <= bad
                        && bad < operation.offset + operation.count
                    return isThere ? .fail(EIO) : .proceed
                }
                var missing: [UInt64] = []
                for lane in UInt32(0)..<2 {
                    // Another segment takes the place of this one in the cache.
                    _ = try await log.read(lane: lane, from: 39, maximumCount: 1, maximumBytes: 1)
                    missing += try await Self.unreadableEntries(lane, of: log)
                }
                #expect(missing.count <= 1)
                unreadable.insert(missing)
            }
            #expect(unreadable.count > 10, "each of the frames and the footer")
            await log.close()
        }
    }

    /// Reads a lane to the tip, past the entries that cannot be read.
    private static func unreadableEntries(_ lane: UInt32, of log: Log) async throws -> [UInt64] {
        var missing: [UInt64] = []
        var found: [UInt64] = []
        var next: UInt64 = 0
        while true {
            do throws(LogError) {
                let read = try await log.read(lane: lane, from: next, maximumCount: 100, maximumBytes: 1 << 20)
                found += read.entries.map(\.index)
                next = read.nextIndex
                if read.isAtTip { break }
            } catch {
                #expect(error.code == .io)
                let index = try #require(error.corruptIndex)
                missing.append(index)
                next = index + 1
            }
        }
        #expect((found + missing).sorted() == (0..<20).map { UInt64($0 * 2) + 1 + UInt64(lane) })
        return missing
    }

    @Test func failedRemovalIsTriedAgain() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, at: 1, "a")])
            // Sealing takes its operations first; the removal of the file fails.
            var operations = 0
            while fixture.segmentPaths.count < 2 || operations == 0 {
                fixture.disk.faults.operations = operations
                let error = await logError { try await log.trim(before: 2) }
                fixture.disk.faults = .init()
                if error?.code != .io { break }
                operations += 1
            }
            await log.close()
            let reopened = try fixture.open()
            try await reopened.trim(before: 2)
            #expect(fixture.segmentPaths.count == 1)
            #expect(reopened.nextIndex == 2)
            await reopened.close()
        }
    }
}
