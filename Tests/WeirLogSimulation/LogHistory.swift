import Logging
import NIOCore
import Synchronization
import WeirLog
import WeirRuntime

/// What a seed's history of a log came to.
package struct LogHistoryReport: Equatable, Sendable {
    /// What was wrong. Empty when nothing was.
    package var violations: [String] = []
    /// Equal for equal histories.
    package var digest: UInt64 = 0
    package var acknowledgedCount = 0
    package var refusedCount = 0
    package var uncertainCount = 0
    /// How often the log was opened after the power or the process had gone.
    package var restartCount = 0
    /// Operations of the disk that failed.
    package var failureCount = 0
    /// Segments that were packed, in bytes before.
    package var packedBytes = 0
    /// Writes around the page cache.
    package var directWriteCount = 0
    /// Group commits that made the file larger, without zeros behind them.
    package var growthCount = 0
    /// Losses of power while such a commit was not synced.
    package var lostGrowthCount = 0
    /// Files of trimmed and packed segments that were used again.
    package var recycledCount = 0
    /// Files made ahead of time that were used.
    package var preparedCount = 0
    /// Starts that skipped indexes.
    package var skipCount = 0
}

extension LogHistoryReport {
    fileprivate mutating func add(_ deeds: LogDeeds) {
        growthCount = deeds.growthCount
        lostGrowthCount = deeds.lostGrowthCount
        recycledCount = deeds.recycledCount
        preparedCount = deeds.preparedCount
    }
}

/// One history of a log, from a seed: appends by several tasks in several lanes, reads, lookups, trims and copies on a disk on
/// which things go wrong, and power losses and ends of the process at any operation. Everything runs on one thread, so that a
/// seed always gives the same history.
package final class LogHistory: Sendable {
    let seed: UInt64
    let defect: Defect?
    let disk = MemoryDisk()
    let time = VirtualTime()
    /// Nanoseconds after which what was acknowledged is synced; nil in a history of a log that syncs before.
    let interval: UInt64?
    let weather: Weather
    let oracle: Mutex<LogOracle>
    let options: LogOptions
    /// Whether it is a history of a log that packs its segments.
    let packs: Bool
    /// Whether the size of its segments is set anew now and then.
    let resizes: Bool
    let laneCount: Int
    let clock = Atomic<Int64>(1000)
    let copyCount = Atomic<Int>(0)
    /// The next index when the log was opened last.
    private let lastNextIndex = Atomic<UInt64>(0)

    private static let directory = "/log"

    /// Runs the history of a seed.
    package static func run(seed: UInt64, defect: Defect? = nil) -> LogHistoryReport {
        let history = LogHistory(seed: seed, defect: defect)
        let report = SimulatedExecutor.run(seed: seed, time: history.time) { executor in await history.run(executor) }
        if let report { return report }
        return LogHistoryReport(violations: history.violations + ["something waits for ever"])
    }

    private var violations: [String] { oracle.withLock(\.violations) }

    private init(seed: UInt64, defect: Defect?) {
        self.seed = seed
        self.defect = defect
        var random = SeededRandom(seed: seed)
        let weatherSeed = random.next()
        laneCount = 1 + random.below(3)
        let interval = random.once(in: 2) ? nil : UInt64(1_000_000 + random.below(20_000_000))
        self.interval = interval
        var options = Self.options(&random)
        options.time = time
        if let interval { options.durability = .interval(nanoseconds: interval) }
        // By chance of its own: the other histories of a seed stay as they are.
        var preparing = SeededRandom(seed: seed &+ 3)
        options.preparesSparesWithinSeconds = preparing.below(2) * 60
        var packing = SeededRandom(seed: seed &+ 2)
        packs = packing.once(in: 2)
        if packs {
            options.compression = .zstd
            options.packedBlockSizeInBytes = 100 + packing.below(3000)
            options.packingPauseInNanoseconds = UInt64(1_000_000 + packing.below(20_000_000))
        }
        var direct = SeededRandom(seed: seed &+ 4)
        var extending = SeededRandom(seed: seed &+ 5)
        options.minimumBatchSizeWithoutZerosInBytes = extending.once(in: 2) ? extending.below(3000) : .max
        disk.directAlignment = direct.once(in: 2) ? 512 << direct.below(4) : nil
        var resizing = SeededRandom(seed: seed &+ 6)
        resizes = resizing.once(in: 2)
        self.options = options
        weather = Weather(seed: weatherSeed, options: options, defect: defect, time: time)
        oracle = Mutex(LogOracle(time: time, maySkip: interval != nil))
        var tearing = DiskTearing()
        tearing.isInsideSectors = random.once(in: 2)
        tearing.showsOldBlocks = random.once(in: 3)
        tearing.destroysNeighbours = defect == .writingDamagesTheSector
        disk.tearing = tearing
        disk.seed(random.next())
        disk.judge = { [weather] in weather.judge($0) }
    }

    static func segmentSize(_ random: inout SeededRandom) -> Int { 4096 + 300 + random.below(6000) }

    private static func options(_ random: inout SeededRandom) -> LogOptions {
        var options = LogOptions()
        options.segmentSizeInBytes = segmentSize(&random)
        options.maximumBatchSizeInBytes = 100 + random.below(4000)
        options.maximumPendingSizeInBytes = 200 + random.below(8000)
        options.minimumExtensionSizeInBytes = 256 << random.below(4)
        options.maximumExtensionSizeInBytes = 4096
        options.maximumSpareCount = random.below(3)
        let identities = Mutex(SeededRandom(seed: random.next()))
        options.makeIdentity = { identities.withLock { $0.next() } }
        return options
    }

    private func run(_ executor: SimulatedExecutor) async -> LogHistoryReport {
        var random = SeededRandom(seed: seed &+ 1)
        let pool = LogWriterPool(
            writers: executor,
            readers: executor,
            helpers: executor,
            packers: executor,
            alarms: SimulatedAlarms(executor: executor, defect: defect),
            maximumOpenSegments: 1 + random.below(3),
            maximumRecentSizeInBytes: random.below(2) * random.below(20_000)
        )
        var report = LogHistoryReport()
        var caller: UInt64 = 0
        for _ in 0..<2 + random.below(3) {
            guard let log = await open(pool, executor, &random, &report) else { break }
            weather.begin(
                Weather.Odds(&random),
                operations: random.once(in: 3) ? .max : random.below(90)
            )
            let callers = 1 + random.below(3)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<callers {
                    caller += 1
                    let one = Caller(
                        history: self,
                        number: caller,
                        log: log,
                        executor: executor,
                        seed: random.next()
                    )
                    group.addTask { await one.run() }
                }
            }
            report.failureCount += weather.failures.count
            await end(log.log, &random)
            report.restartCount += 1
        }
        if let log = await open(pool, executor, &random, &report) {
            if packs { await readWhenPacked(log, &random) }
            await log.log.close()
        }
        report.packedBytes = pool.packedBytes.before
        report.directWriteCount = disk.directWriteCount
        report.add(weather.deeds)
        if disk.misalignedCount > 0 { oracle.withLock { $0.violate("a direct write was not aligned") } }
        await pool.shutdown()
        oracle.withLock { oracle in
            report.violations = oracle.violations
            report.acknowledgedCount = oracle.acknowledgedCount
            report.refusedCount = oracle.refusedCount
            report.uncertainCount = oracle.uncertainCount
        }
        report.digest = weather.digest
        return report
    }

    /// Ends the log by closing it, by the end of the process or by a power loss.
    private func end(_ log: Log, _ random: inout SeededRandom) async {
        let way = random.below(3)
        if way > 0 { weather.switchOff() }
        await log.close()
        if let interval, let end = weather.endedAt {
            // What was acknowledged earlier was synced by then.
            let time = interval + SimulatedExecutor.longestDelay
            oracle.withLock { $0.mayLose(after: end > time ? end - time : 0) }
        }
        restart(&random, losesPower: way == 1 || random.once(in: 3))
    }

    private func restart(_ random: inout SeededRandom, losesPower: Bool) {
        if losesPower || weather.failures.fatalCount > 0 { oracle.withLock { $0.hasLostWhatItMay = true } }
        if losesPower { disk.crash(using: &random) } else { disk.endProcess(using: &random) }
        weather.restart(losesPower: losesPower)
    }

    /// Opens the log, now and then on a disk that fails or while the power goes, and at last in calm; and reads it all.
    private func open(
        _ pool: LogWriterPool,
        _ executor: SimulatedExecutor,
        _ random: inout SeededRandom,
        _ report: inout LogHistoryReport
    ) async -> LogPort? {
        while random.once(in: 3) {
            weather.forgetFailures()
            // Now and then between the steps in which the folder is made.
            let operations = disk.hasDirectory(Self.directory) ? 40 : 8
            weather.begin(Weather.Odds(&random), operations: random.once(in: 3) ? .max : random.below(operations))
            do throws(LogError) {
                let log = try opened(pool)
                weather.switchOff()
                await log.close()
            } catch {
                if !weather.isOff, weather.failures.count == 0 || error.code == .corrupt {
                    oracle.withLock { $0.violate("the log cannot be opened: \(error)") }
                }
            }
            report.failureCount += weather.failures.count
            report.restartCount += 1
            restart(&random, losesPower: random.once(in: 2))
        }
        weather.clear()
        weather.forgetFailures()
        do throws(LogError) {
            let interval = interval ?? 0
            let log = LogPort(log: try opened(pool), defect: defect) { executor.postponeAlarms(by: interval) }
            let last = lastNextIndex.exchange(log.log.nextIndex, ordering: .relaxed)
            if log.log.nextIndex - min(log.log.nextIndex, last) > 1 << 31 { report.skipCount += 1 }
            do throws(LogError) {
                try await readAll(log, &random)
            } catch {
                await log.log.close()
                throw error
            }
            return log
        } catch {
            oracle.withLock { $0.violate("in calm: \(error)") }
            return nil
        }
    }

    /// Reads it all once more when nothing is left to pack.
    private func readWhenPacked(_ log: LogPort, _ random: inout SeededRandom) async {
        await log.log.waitForPacking()
        do throws(LogError) {
            try await readAll(log, &random)
        } catch {
            oracle.withLock { $0.violate("when all is packed: \(error)") }
        }
        if disk.paths.contains(where: { $0.hasSuffix(".packing") }) {
            oracle.withLock { $0.violate("a file was left to which a segment was packed") }
        }
    }

    private var fileSystem: any FileSystem {
        switch defect {
        case .removesTheSegmentBeforeItIsPacked: DiskOfHaste(disk: disk)
        case .forgetsWhatTheBlockHeld: DiskOfOblivion(disk: disk)
        case .trustsAFolderThatIsThere: DiskOfTrust(disk: disk)
        default: disk
        }
    }

    private func opened(_ pool: LogWriterPool) throws(LogError) -> Log {
        try Log.open(
            directory: Self.directory,
            pool: pool,
            fileSystem: fileSystem,
            options: options,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Reads all lanes to the tip, and looks some times up.
    private func readAll(_ log: LogPort, _ random: inout SeededRandom) async throws(LogError) {
        var found: Set<UInt64> = []
        for lane in 0..<UInt32(laneCount) {
            var next: UInt64 = 0
            while true {
                let expected = oracle.withLock { $0.expected(lane: lane, from: next) }
                let read = try await log.read(
                    lane: lane,
                    from: next,
                    maximumCount: 1 + random.below(12),
                    maximumBytes: 1 << 20
                )
                oracle.withLock { $0.didRead(lane: lane, from: next, read, expected: expected, isLimited: true) }
                found.formUnion(read.entries.map(\.index))
                if read.isAtTip || read.nextIndex <= next { break }
                next = read.nextIndex
            }
            let timestamp = clock.load(ordering: .relaxed) - Int64(random.below(200))
            let expected = oracle.withLock { $0.expected(lane: lane, from: 0) }
            let index = try await log.firstIndex(lane: lane, atOrAfter: timestamp)
            oracle.withLock { $0.didLookUp(lane: lane, timestamp: timestamp, index, expected: expected) }
        }
        weather.note(log.log.nextIndex)
        oracle.withLock { $0.didReadAll(indexes: found, nextIndex: log.log.nextIndex) }
    }
}
