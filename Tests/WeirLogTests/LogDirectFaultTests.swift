import Synchronization
import Testing
import WeirLog
import WeirLogSimulation
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes around the page cache that fail, and files that are not what they were.
@Suite(.timeLimit(.minutes(15))) struct LogDirectFaultTests {
    /// The durable bytes of its first block were to be written once more, and may be damaged.
    @Test func aWriteThatFailsInTheDiskEndsAppends() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 4096
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, "a")])
            fixture.disk.faults = .init(writes: 0, writeError: EIO, bytesOfFailedWrite: 100)
            #expect(await logError { _ = try await log.append([NewLogEntry(1, "b")]) }?.code == .failed)
            fixture.disk.faults = .init()
            #expect(await logError { _ = try await log.append([NewLogEntry(1, "c")]) }?.code == .failed)
            #expect(try await log.texts(1) == ["a"])
            await log.close()
            let reopened = try fixture.open()
            #expect(try await reopened.texts(1).first == "a")
            await reopened.close()
        }
    }

    /// The disk fails once, and what stood in the block is gone: it was acknowledged.
    @Test(arguments: [0, 40, 600]) func whatAFailedWriteDamagedIsWrittenAgain(arrived: Int) async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 4096
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, "a")])
            let hasFailed = Atomic<Bool>(false)
            fixture.disk.judge = { operation in
                guard operation.kind == .directWrite, !hasFailed.exchange(true, ordering: .relaxed) else {
                    return .proceed
                }
                return .failAndDamage(EIO, arrived: arrived)
            }
            let large = NewLogEntry(1, [UInt8](repeating: 9, count: 3000))
            #expect(await logError { _ = try await log.append([large]) }?.code == .io)
            var random = SeededRandom(seed: 1)
            fixture.disk.crash(using: &random)
            let reopened = try fixture.open()
            #expect(try await reopened.texts(1) == ["a"])
            #expect(try await reopened.append([NewLogEntry(1, "b")]) == 2)
            await reopened.close()
        }
    }

    @Test func appendsGoOnAfterAWriteThatFailedOnce() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 512
            let log = try fixture.open(LogFixture.direct)
            let count = Atomic<Int>(0)
            fixture.disk.judge = { operation in
                guard operation.kind == .directWrite else { return .proceed }
                return count.add(1, ordering: .relaxed).newValue % 5 == 0 ? .failAndDamage(EIO, arrived: 9) : .proceed
            }
            var kept: [String] = []
            for number in 0..<60 {
                let error = await logError { _ = try await log.append([NewLogEntry(1, text(number))]) }
                if error == nil { kept.append(text(number)) } else { #expect(error?.code == .io) }
            }
            #expect(kept.count > 30 && kept.count < 60)
            #expect(try await log.texts(1) == kept)
            await log.close()
            let reopened = try fixture.open(LogFixture.direct)
            #expect(try await reopened.texts(1) == kept)
            await reopened.close()
        }
    }

    /// As when the folder's disk was replaced by one with larger sectors under a volume manager.
    @Test func aFileSystemThatRefusesFromSomeTimeOnIsWrittenByThePageCache() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 512
            let count = Atomic<Int>(0)
            fixture.disk.judge = { operation in
                guard operation.kind == .directWrite else { return .proceed }
                return count.add(1, ordering: .relaxed).newValue > 20 ? .fail(EINVAL, arrived: 512) : .proceed
            }
            let log = try fixture.open(LogFixture.direct)
            for number in 0..<60 { _ = try await log.append([NewLogEntry(1, text(number))]) }
            #expect(count.load(ordering: .relaxed) > 20)
            #expect(try await log.texts(1) == (0..<60).map(text))
            var random = SeededRandom(seed: 3)
            fixture.disk.crash(using: &random)
            let reopened = try fixture.open(LogFixture.direct)
            #expect(try await reopened.texts(1) == (0..<60).map(text))
            await reopened.close()
        }
    }

    /// It refuses direct writes, and then the other one fails.
    @Test func aFailedWriteAfterARefusedOneEndsNothing() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 4096
            let log = try fixture.open()
            _ = try await log.append([NewLogEntry(1, "a")])
            let hasFailed = Atomic<Bool>(false)
            fixture.disk.judge = { operation in
                if operation.kind == .directWrite { return .fail(EINVAL) }
                guard operation.kind == .write, !hasFailed.exchange(true, ordering: .relaxed) else { return .proceed }
                return .fail(EIO)
            }
            #expect(await logError { _ = try await log.append([NewLogEntry(1, "b")]) }?.code == .io)
            #expect(try await log.append([NewLogEntry(1, "c")]) == 2)
            #expect(try await log.texts(1) == ["a", "c"])
            await log.close()
        }
    }

    /// Somebody moved the folder of a running server away and put a copy in its place.
    @Test func anotherFileOfTheNameIsNotWritten() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 4096
            let first = try fixture.open()
            _ = try await first.append([NewLogEntry(1, "a")])
            await first.close()
            let count = fixture.disk.directWriteCount
            let log = try fixture.open()
            let path = try #require(fixture.segmentPaths.first)
            let copy = fixture.disk[path]
            fixture.disk[path] = copy
            _ = try await log.append([NewLogEntry(1, "b")])
            #expect(try await log.texts(1) == ["a", "b"])
            #expect(fixture.disk[path] == copy)
            #expect(count > 0 && fixture.disk.directWriteCount == count)
            await log.close()
        }
    }

    /// Somebody cut the file of a running server. Nothing else comes into the place of what is missing.
    @Test func whatIsMissingIsNotReplacedByOtherMemory() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 4096
            let first = try fixture.open()
            _ = try await first.append([NewLogEntry(1, [UInt8](repeating: 1, count: 1000))])
            await first.close()
            let log = try fixture.open()
            let path = try #require(fixture.segmentPaths.first)
            try fixture.disk.open(path, .readWrite).truncate(to: 4096 + 200)
            _ = try await log.append([NewLogEntry(1, [UInt8](repeating: 2, count: 1000))])
            let missing = fixture.disk[path][4096 + 200..<4096 + 1032]
            #expect(missing.allSatisfy { $0 == 0 })
            await log.close()
        }
    }

    @Test(arguments: [0, 5, 100, 4096]) func aFullDiskEndsNothing(arrived: Int) async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 512
            let log = try fixture.open(LogFixture.direct)
            _ = try await log.append([NewLogEntry(1, "a")])
            for succeeding in 0...1 {
                fixture.disk.faults = .init(writes: succeeding, bytesOfFailedWrite: arrived)
                let large = NewLogEntry(1, [UInt8](repeating: 9, count: 3000))
                let error = await logError { _ = try await log.append([large]) }
                #expect(error?.code == .noSpace)
                fixture.disk.faults = .init()
            }
            #expect(try await log.append([NewLogEntry(1, "b")]) == 2)
            await log.close()
            let reopened = try fixture.open(LogFixture.direct)
            #expect(try await reopened.texts(1) == ["a", "b"])
            await reopened.close()
        }
    }
}
