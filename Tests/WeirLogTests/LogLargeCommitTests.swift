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

/// Group commits that are so large that no zeros are written behind them.
@Suite(.timeLimit(.minutes(15))) struct LogLargeCommitTests {
    private static let historiesOfEach = 50

    /// A disk that is kept busy by large group commits takes more when it does not write every byte twice.
    @Test(arguments: [nil, 4096])
    func largeCommitsWriteNoZeros(directAlignment: Int?) async throws {
        try await withLogFixture { fixture in
            fixture.disk.directAlignment = directAlignment
            var options = LogOptions()
            options.segmentSizeInBytes = 5 << 18
            options.minimumBatchSizeWithoutZerosInBytes = 10 * 1032
            let log = try fixture.open(options)
            let tail = try #require(fixture.segmentPaths.last)
            let entry = NewLogEntry(0, at: 1, [UInt8](repeating: 7, count: 1000))
            let entries = [NewLogEntry](repeating: entry, count: 10)
            // One entry less is followed by zeros, and what lies within them needs no more.
            _ = try await log.append(Array(entries.dropLast()))
            let extended = fixture.disk[tail].count
            #expect(extended >= LogFormat.headerPageSize + 9 * 1032 + options.minimumExtensionSizeInBytes)
            _ = try await log.append(entries)
            #expect(fixture.disk[tail].count == extended)
            while log.nextIndex < 1200 {
                _ = try await log.append(entries)
                let end = LogFormat.headerPageSize + Int(log.nextIndex - 1) * 1032
                let block = directAlignment ?? 1
                #expect(fixture.disk[tail].count == max(extended, (end + block - 1) / block * block))
            }
            // What it would have begun comes before this.
            await withCheckedContinuation { done in fixture.pool.help { _ in done.resume() } }
            #expect(!fixture.disk.paths.contains { $0.hasSuffix(".spare") } && fixture.segmentPaths.count == 1)
            await log.close()
        }
    }

    /// Until the sync returned, the file may end anywhere, and any part of the commit may be missing or be what the blocks held.
    @Test(arguments: [nil, 512, 4096], 0..<4)
    func thePowerGoesInALargeCommit(directAlignment: Int?, part: Int) async throws {
        try await withPool { pool in
            var outcomes = Outcomes()
            for seed in part * Self.historiesOfEach..<(part + 1) * Self.historiesOfEach {
                let fixture = LogFixture(pool: pool, disk: MemoryDisk())
                fixture.disk.directAlignment = directAlignment
                var history = LargeCommitHistory(fixture: fixture, seed: UInt64(seed))
                outcomes.add(try await history.run())
            }
            // The histories are of use only if all of this happens in them.
            let floor = Self.historiesOfEach / 5
            #expect(outcomes.keepingNone > floor && outcomes.keepingSome > floor && outcomes.keepingAll > floor)
            #expect(outcomes.shorterFiles > floor && outcomes.cutFiles > floor && outcomes.oldBlocks > floor)
        }
    }
}

/// What became of commits during which the power went or the process ended.
private struct Outcomes {
    var keepingNone = 0
    var keepingSome = 0
    var keepingAll = 0
    /// Files that ended before the end of the commit.
    var shorterFiles = 0
    /// Files of which the start cut something off.
    var cutFiles = 0
    /// Files with bytes of another one in them.
    var oldBlocks = 0

    mutating func add(_ other: Outcomes) {
        keepingNone += other.keepingNone
        keepingSome += other.keepingSome
        keepingAll += other.keepingAll
        shorterFiles += other.shorterFiles
        cutFiles += other.cutFiles
        oldBlocks += other.oldBlocks
    }
}

/// A log of large commits among small ones. Again and again the power goes in one that makes its file larger.
private struct LargeCommitHistory {
    private let fixture: LogFixture
    private let options: LogOptions
    private var random: SeededRandom
    /// What must be there.
    private var kept: [KnownEntry] = []
    private var outcomes = Outcomes()

    private static let oldByte: UInt8 = 0xDB
    private static let rounds = 4

    init(fixture: LogFixture, seed: UInt64) {
        self.fixture = fixture
        random = SeededRandom(seed: seed)
        var options = LogFixture.small
        options.segmentSizeInBytes = 32 << 10
        options.minimumBatchSizeWithoutZerosInBytes = 2 << 10
        self.options = options
        var tearing = DiskTearing()
        tearing.isInsideSectors = random.once(in: 2)
        tearing.showsOldBlocks = true
        fixture.disk.tearing = tearing
    }

    mutating func run() async throws -> Outcomes {
        // The blocks of the log's file held frames of the same indexes before.
        let old = try Log.open(
            directory: "/old",
            pool: fixture.pool,
            fileSystem: fixture.disk,
            options: LogOptions(),
            logger: .quiet
        )
        let entry = NewLogEntry(0, at: 1, [UInt8](repeating: Self.oldByte, count: 200))
        _ = try await old.append([NewLogEntry](repeating: entry, count: 300))
        await old.close()

        var log = try fixture.open(options)
        for _ in 0..<Self.rounds {
            let power = PowerSwitch(minimumSize: options.minimumBatchSizeWithoutZerosInBytes, seed: random.next())
            fixture.disk.judge = { power.judge($0) }
            var lost: [KnownEntry]?
            while lost == nil { lost = try await append(to: log) }
            await log.close()
            fixture.disk.judge = nil
            let survives = random.once(in: 4)
            if survives { fixture.disk.endProcess(using: &random) } else { fixture.disk.crash(using: &random) }
            let grown = try #require(power.grown)
            let left = fixture.disk[grown.path]
            if left.count < grown.end { outcomes.shorterFiles += 1 }
            if left.contains(Self.oldByte) { outcomes.oldBlocks += 1 }
            log = try fixture.open(options)
            if fixture.disk[grown.path].count < left.count { outcomes.cutFiles += 1 }
            try await check(log, lost ?? [])
        }
        while try await append(to: log) != nil {}
        await log.close()
        log = try fixture.open(options)
        try await check(log, [])
        await log.close()
        return outcomes
    }

    /// Appends a few entries or many. Answers them when they were not acknowledged.
    private mutating func append(to log: Log) async throws -> [KnownEntry]? {
        let isLarge = random.once(in: 2)
        let next = log.nextIndex
        let entries = (0..<UInt64(isLarge ? 8 + random.below(8) : 1)).map { place -> KnownEntry in
            let byte = UInt8((next + place) % 100)
            let payload = [UInt8](repeating: byte, count: (isLarge ? 250 : 8) + random.below(300))
            return KnownEntry(index: next + place, lane: 0, timestamp: 1, payload: payload)
        }
        let error = await logError { _ = try await log.append(entries.map { NewLogEntry(0, at: 1, $0.payload) }) }
        if let error {
            #expect(error.code == .failed)
            return entries
        }
        kept += entries
        return nil
    }

    /// What was acknowledged or found before is there, and of the last commit whole entries, from its first one on.
    private mutating func check(_ log: Log, _ lost: [KnownEntry]) async throws {
        let found = try await log.all(0)
        let count = found.count - kept.count
        try #require(count >= 0 && count <= lost.count)
        #expect(found == kept + lost.prefix(count))
        #expect(log.nextIndex == UInt64(found.count) + 1)
        kept = found
        if lost.isEmpty { return }
        switch count {
        case 0: outcomes.keepingNone += 1
        case lost.count: outcomes.keepingAll += 1
        default: outcomes.keepingSome += 1
        }
    }
}

/// The power goes during the first write of a size that makes the file of a segment larger, or between it and its sync.
private final class PowerSwitch: Sendable {
    private struct State {
        var random: SeededRandom
        var grown: (path: String, end: Int)?
    }

    private let minimumSize: Int
    private let state: Mutex<State>

    init(minimumSize: Int, seed: UInt64) {
        self.minimumSize = minimumSize
        state = Mutex(State(random: SeededRandom(seed: seed)))
    }

    /// The file that was to become larger, and its size then.
    var grown: (path: String, end: Int)? { state.withLock(\.grown) }

    func judge(_ operation: MemoryDisk.Operation) -> MemoryDisk.Verdict {
        state.withLock { state in
            if state.grown != nil { return .fail(EIO) }
            guard operation.grows, operation.count >= minimumSize, operation.offset >= LogFormat.headerPageSize else {
                return .proceed
            }
            state.grown = (operation.path, operation.offset + operation.count)
            return state.random.once(in: 2)
                ? .proceed : .fail(EIO, arrived: state.random.below(operation.count + 1))
        }
    }
}
