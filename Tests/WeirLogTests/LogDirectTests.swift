import NIOCore
import Synchronization
import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes around the page cache.
@Suite(.timeLimit(.minutes(15))) struct LogDirectTests {
    /// How often each kind of write was done to the log's files.
    private final class Writes: Sendable {
        let direct = Atomic<Int>(0)
        let buffered = Atomic<Int>(0)

        func watch(_ disk: MemoryDisk) {
            disk.judge = { operation in
                if operation.kind == .directWrite { self.direct.add(1, ordering: .relaxed) }
                // Headers and footers are always written by the page cache.
                if operation.kind == .write, operation.offset >= 4096, !operation.path.hasSuffix(".spare") {
                    self.buffered.add(1, ordering: .relaxed)
                }
                return .proceed
            }
        }

        var counts: [Int] { [direct.load(ordering: .relaxed), buffered.load(ordering: .relaxed)] }
    }

    /// The file's bytes are the same, whichever way they went.
    @Test(arguments: [512, 4096]) func theBytesAreThoseOfTheOtherWay(alignment: Int) async throws {
        var files: [[String: [UInt8]]] = []
        for isDirect in [false, true] {
            try await withLogFixture { fixture in
                if isDirect { fixture.disk.directAlignment = alignment }
                let writes = Writes()
                writes.watch(fixture.disk)
                let log = try fixture.open(LogFixture.direct)
                for number in 0..<60 { _ = try await log.append([NewLogEntry(1, at: 5, text(number))]) }
                #expect(writes.direct.load(ordering: .relaxed) >= (isDirect ? 60 : 0))
                #expect(try await log.texts(1) == (0..<60).map(text))
                await log.close()
                #expect(fixture.segmentPaths.count > 2 && fixture.disk.misalignedCount == 0)
                var contents: [String: [UInt8]] = [:]
                for path in fixture.segmentPaths {
                    // The header has the time of day. How many zeros are ahead of the tail's end is another matter.
                    let bytes = fixture.disk[path].dropFirst(4096)
                    contents[path] = Array(bytes.prefix((bytes.lastIndex { $0 != 0 } ?? 4095) - 4095))
                }
                files.append(contents)
            }
        }
        #expect(files[0] == files[1])
    }

    /// The block in which the log ends is not in memory when it is opened.
    @Test func anOpenedLogGoesOnInTheMiddleOfABlock() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 4096
            var random = SeededRandom(seed: 1)
            for number in 0..<20 {
                let log = try fixture.open(LogFixture.direct)
                _ = try await log.append([NewLogEntry(1, text(number))])
                fixture.disk.crash(using: &random)
                let read = try fixture.open(LogFixture.direct)
                #expect(try await read.texts(1) == (0...number).map(text))
                await read.close()
            }
        }
    }

    @Test func afterWritesByThePageCacheTheBlockIsReadAgain() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 4096
            var options = LogOptions()
            options.durability = .interval(nanoseconds: 3_600_000_000_000)
            let log = try fixture.open(options)
            let writes = Writes()
            writes.watch(fixture.disk)
            for number in 0..<12 {
                log.durability = number / 3 % 2 == 0 ? .interval(nanoseconds: 3_600_000_000_000) : .always
                _ = try await log.append([NewLogEntry(1, text(number))])
            }
            let (direct, buffered) = (writes.counts[0], writes.counts[1])
            #expect(direct >= 6 && buffered >= 6)
            await log.close()
            let read = try fixture.open()
            #expect(try await read.texts(1) == (0..<12).map(text))
            await read.close()
        }
    }

    /// Some file systems take the flag and refuse the writes.
    @Test func aFileSystemThatRefusesIsWrittenByThePageCache() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 4096
            let attempts = Atomic<Int>(0)
            fixture.disk.judge = { operation in
                guard operation.kind == .directWrite else { return .proceed }
                attempts.add(1, ordering: .relaxed)
                return .fail(EINVAL)
            }
            let log = try fixture.open(LogFixture.direct)
            for number in 0..<60 { _ = try await log.append([NewLogEntry(1, text(number))]) }
            #expect(try await log.texts(1) == (0..<60).map(text))
            await log.close()
            let attempted = attempts.load(ordering: .relaxed)
            #expect(attempted > 0 && attempted <= fixture.segmentPaths.count, "once for each segment")
        }
    }

    @Test func withoutItNothingIsWrittenDirectly() async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = 4096
            var options = LogFixture.direct
            options.usesDirectIO = false
            let writes = Writes()
            writes.watch(fixture.disk)
            let log = try fixture.open(options)
            for number in 0..<10 { _ = try await log.append([NewLogEntry(1, text(number))]) }
            await log.close()
            #expect(writes.counts[0] == 0)
        }
    }

    /// Whether the file system of temporary folders has writes around the page cache. Some take the flag and refuse the writes.
    private static let writesDirectly = Result {
        let path = "/tmp/weir-log-\(UInt64.random(in: 0 ... .max))"
        let file = try SystemFileSystem().open(path, .create)
        defer { try? SystemFileSystem().remove(path) }
        guard let writer = DirectWriter(file, path: path, in: SystemFileSystem()) else { return false }
        do throws(FileError) {
            try writer.writeZeros(0..<Int64(writer.alignment))
            return true
        } catch {
            if error.isUnsupported { return false }
            throw error
        }
    }

    /// The system's own files: readers that find nothing in memory go by the page cache, while the same blocks are written
    /// around it.
    @Test(.enabled("the file system of /tmp has no direct writes") { try LogDirectTests.writesDirectly.get() })
    func readersByThePageCacheSeeWhatIsWrittenAroundIt() async throws {
        let directory = "/tmp/weir-log-\(UInt64.random(in: 0 ... .max))"
        defer { try? SystemFileSystem().removeTree(directory) }
        try await withPool(maximumRecentSize: 0) { pool in
            var options = LogOptions()
            options.segmentSizeInBytes = 1 << 20
            let log = try Log.open(directory: directory, pool: pool, options: options, logger: .quiet)
            let count = 1500
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { try await follow(log, count: count) } }
                for number in 1...count { _ = try await log.append([NewLogEntry(1, text(number))]) }
                try await group.waitForAll()
            }
            await log.close()
        }
    }

    private func follow(_ log: Log, count: Int) async throws {
        var next: UInt64 = 1
        while next <= count {
            let read = try await log.read(lane: 1, from: next, maximumCount: 50, maximumBytes: 1 << 20)
            for entry in read.entries {
                #expect(entry.index == next && String(buffer: entry.payload) == text(Int(next)))
                next += 1
            }
            if read.entries.isEmpty { await Task.yield() }
        }
    }
}

extension LogFixture {
    /// ``small``, and files are the same in every run.
    static var direct: LogOptions {
        var options = small
        options.makeIdentity = { 7 }
        return options
    }
}

/// Texts of many sizes.
func text(_ number: Int) -> String { String(repeating: "\(number) ", count: 1 + number * 37 % 400) }
