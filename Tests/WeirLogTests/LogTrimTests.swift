import Dispatch
import Testing
import WeirLogSimulation

@testable import WeirLog

@Suite(.timeLimit(.minutes(15))) struct LogTrimTests {
    @Test func dropsOnlySegmentsThatAreOlder() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open(LogFixture.small)
            for number in 0..<200 {
                _ = try await log.append([
                    NewLogEntry(1, at: Int64(number), [UInt8](repeating: UInt8(number), count: 200))
                ])
            }
            let before = fixture.segmentPaths
            try await log.trim(before: 0)
            #expect(fixture.segmentPaths == before)

            try await log.trim(before: 100)
            let kept = try await log.all(1).map(\.timestamp)
            #expect(kept.last == 199 && kept == Array(kept[0]...199))
            #expect(kept[0] > 50 && kept[0] <= 100, "newer entries stay, and whole segments go")
            #expect(fixture.segmentPaths.count < before.count)
            #expect(log.newestTimestamp(lane: 1) == 199)
            #expect(try await log.firstIndex(lane: 1, atOrAfter: 0) == UInt64(kept[0]) + 1)

            await log.close()
            let reopened = try fixture.open(LogFixture.small)
            #expect(try await reopened.all(1).map(\.timestamp) == kept)
            await reopened.close()
        }
    }

    /// Another process may have the files as soon as the log is closed.
    @Test func aClosedLogRemovesNothing() async throws {
        try await withPool(threads: 1) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            var log = try fixture.open(LogFixture.small)
            for number in 0..<100 {
                _ = try await log.append([NewLogEntry(1, at: Int64(number), [UInt8](repeating: 0, count: 200))])
            }
            // The thread that is to remove the files is busy.
            let gate = DispatchSemaphore(value: 0)
            pool.read { _ in gate.wait() }
            let trimmed = Task { [log] in try await log.trim(before: 50) }
            let deadline = ContinuousClock.now + .seconds(60)
            while log.index.firstSealed?.baseIndex == 1, ContinuousClock.now < deadline { await Task.yield() }
            #expect(log.index.firstSealed?.baseIndex != 1)
            await log.close()
            let paths = fixture.disk.paths
            gate.signal()
            let error = await #expect(throws: LogError.self) { try await trimmed.value }
            #expect(error?.code == .closed)
            #expect(fixture.disk.paths == paths)

            log = try fixture.open(LogFixture.small)
            #expect(try await log.all(1).count == 100, "what was not removed is there again")
            try await log.trim(before: 50)
            #expect(try await log.all(1).count < 70)
            await log.close()
        }
    }

    @Test func entryOfTheLimitStays() async throws {
        try await withLogFixture { fixture in
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, at: 10, "a")])
            try await log.trim(before: 10)
            #expect(try await log.texts(1) == ["a"])
            try await log.trim(before: 11)
            #expect(try await log.texts(1) == [])
            await log.close()
        }
    }

    @Test func wholeLogIsTrimmedAndKeepsItsPlace() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open(LogFixture.small)
            for number in 0..<100 {
                _ = try await log.append([NewLogEntry(1, at: Int64(number), [UInt8](repeating: 0, count: 200))])
            }
            try await log.trim(before: 1000)
            try await log.trim(before: 1000)
            for reopened in [false, true] {
                if reopened {
                    await log.close()
                    log = try fixture.open(LogFixture.small)
                }
                #expect(fixture.segmentPaths.count == 1)
                #expect(log.nextIndex == 101)
                #expect(log.newestTimestamp(lane: 1) == nil)
                #expect(try await log.firstIndex(lane: 1, atOrAfter: 0) == 101)
                let read = try await log.read(lane: 1, from: 0, maximumCount: 1, maximumBytes: 1)
                #expect(read.entries.isEmpty && read.isAtTip && read.nextIndex == 101)
            }
            #expect(try await log.append([NewLogEntry(1, at: 5, "new")]) == 101)
            #expect(try await log.all(1).map(\.timestamp) == [99], "time does not go back over a trim")
            await log.close()
        }
    }

    @Test func idleLaneIsForgottenWithItsEntries() async throws {
        try await withLogFixture { fixture in
            var log = try fixture.open(LogFixture.small)
            _ = try await log.append([NewLogEntry(7, at: 0, "idle")])
            for number in 1..<200 {
                _ = try await log.append([NewLogEntry(1, at: Int64(number), [UInt8](repeating: 0, count: 200))])
            }
            await log.close()
            log = try fixture.open(LogFixture.small)
            #expect(log.newestTimestamp(lane: 7) == 0, "footers carry the lanes that are idle")
            #expect(try await log.texts(7) == ["idle"])
            try await log.trim(before: 100)
            #expect(log.newestTimestamp(lane: 7) == nil)
            #expect(try await log.texts(7) == [])
            await log.close()
            log = try fixture.open(LogFixture.small)
            #expect(log.newestTimestamp(lane: 7) == nil)
            #expect(try await log.texts(7) == [])
            await log.close()
        }
    }

    @Test func readersRaceWithTrimming() async throws {
        try await withPool(threads: 2, maximumOpenSegments: 1) { pool in
            let fixture = LogFixture(pool: pool, disk: MemoryDisk())
            let log = try fixture.open(LogFixture.small)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<400 {
                        let entry = NewLogEntry(
                            UInt32(number % 3),
                            at: Int64(number),
                            [UInt8](repeating: 1, count: 200)
                        )
                        _ = try await log.append([entry])
                        if number % 20 == 19 { try await log.trim(before: Int64(number - 60)) }
                    }
                }
                for lane in UInt32(0)..<3 {
                    group.addTask {
                        var next: UInt64 = 0
                        while next < 395 {
                            let from = try await log.firstIndex(lane: lane, atOrAfter: Int64(next))
                            let read = try await log.read(lane: lane, from: next, maximumCount: 5, maximumBytes: 5000)
                            #expect(read.entries.allSatisfy { $0.lane == lane && $0.index >= next })
                            #expect(from >= next)
                            next = read.nextIndex
                            // At the tip a read does not suspend, and the writer needs the thread.
                            await Task.yield()
                        }
                    }
                }
                try await group.waitForAll()
            }
            await log.close()
        }
    }
}
