import Synchronization
import WeirLog
import WeirRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What goes wrong on a disk, and when: by chance, from a seed. It also takes down what was done, in a few bytes.
final class Weather: Sendable {
    /// One in so many operations of a kind fails; 0: none does.
    struct Odds: Sendable {
        var full = 0
        var write = 0
        var sync = 0
        var read = 0
        var truncation = 0
        var name = 0

        static let none = Odds()

        /// Mostly one or two kinds of trouble at a time, so that each has its way.
        init(_ random: inout SeededRandom) {
            if random.once(in: 3) { full = 4 + random.below(20) }
            if random.once(in: 4) { write = 6 + random.below(40) }
            if random.once(in: 4) { sync = 8 + random.below(40) }
            if random.once(in: 4) { read = 5 + random.below(30) }
            if random.once(in: 5) { truncation = 2 + random.below(6) }
            if random.once(in: 4) { name = 3 + random.below(12) }
        }

        private init() {}
    }

    /// What has gone wrong since the log was opened.
    struct Failures: Sendable {
        /// Operations that failed.
        var count = 0
        /// Those after which the log may not go on.
        var fatalCount = 0
        /// Syncs of the log's files.
        var syncCount = 0
        /// When the log first was in doubt of what is on disk.
        var doubtfulSince: UInt64?
    }

    fileprivate struct State {
        var random: SeededRandom
        var odds = Odds.none
        var failures = Failures()
        var isOff = false
        /// When the power went.
        var offSince: UInt64?
        var operationsLeft = Int.max
        /// Writes for which the disk stays full.
        var fullWritesLeft = 0
        /// Operations that succeed, so that a damaged sector can be written again: the disk fails once at a time.
        var calmOperationsLeft = 0
        /// Where the direct write began that failed last.
        var damagedBlock: (path: String, offset: Int)?
        var digest: UInt64 = 14_695_981_039_346_656_037
        var deeds: LogDeeds
    }

    private let state: Mutex<State>
    private let defect: Defect?
    private let time: VirtualTime

    /// A log of these options writes on the disk.
    init(seed: UInt64, options: LogOptions, defect: Defect?, time: VirtualTime) {
        self.time = time
        let deeds = LogDeeds(leastSizeWithoutZeros: options.minimumBatchSizeWithoutZerosInBytes)
        state = Mutex(State(random: SeededRandom(seed: seed), deeds: deeds))
        self.defect = defect
    }

    /// Whether the power is off: every operation fails, and nothing that is told counts.
    var isOff: Bool { state.withLock(\.isOff) }

    var failures: Failures { state.withLock(\.failures) }

    /// When the power went or the log was in doubt, whichever came first; nil when neither did.
    var endedAt: UInt64? {
        state.withLock { [$0.offSince, $0.failures.doubtfulSince].compactMap(\.self).min() }
    }

    /// What the log did.
    var deeds: LogDeeds { state.withLock(\.deeds) }

    /// What stands for all that happened.
    var digest: UInt64 { state.withLock(\.digest) }

    /// The process has ended, and maybe the power went: from now on nothing fails, and the power is on.
    func restart(losesPower: Bool) {
        state.withLock { $0.deeds.end(losesPower: losesPower) }
        clear()
    }

    /// From now on nothing fails, and the power is on.
    func clear() {
        state.withLock { state in
            state.odds = .none
            state.isOff = false
            state.offSince = nil
            state.operationsLeft = .max
            state.fullWritesLeft = 0
        }
    }

    /// From now on this fails, and after so many operations the power goes.
    func begin(_ odds: Odds, operations: Int) {
        state.withLock { state in
            state.odds = odds
            state.operationsLeft = operations
        }
    }

    /// The log is opened anew.
    func forgetFailures() { state.withLock { $0.failures = Failures() } }

    func switchOff() { state.withLock { $0.switchOff(at: time.monotonicNanoseconds) } }

    /// Takes down that something happened.
    func note(_ value: UInt64) { state.withLock { $0.note(value) } }

    func judge(_ operation: MemoryDisk.Operation) -> MemoryDisk.Verdict {
        let verdict = state.withLock { state -> MemoryDisk.Verdict in
            state.note(operation.kind.rawValue << 48 ^ UInt64(operation.offset) << 24 ^ UInt64(operation.count))
            let mends = state.mends(operation)
            let verdict = state.judge(operation, at: time.monotonicNanoseconds)
            let hasGrown = state.deeds.hasGrown(operation.path)
            state.deeds.note(operation, verdict)
            if mends, defect == .leavesADamagedBlock { return .pretend() }
            if hasGrown, defect == .sizeOfLargeCommitsIsNotSynced { return verdict.leavingSize(of: operation) }
            return verdict
        }
        return defect?.distort(verdict, of: operation) ?? verdict
    }
}

extension Weather.State {
    fileprivate mutating func note(_ value: UInt64) { digest = (digest ^ value) &* 1_099_511_628_211 }

    fileprivate mutating func switchOff(at now: UInt64) {
        isOff = true
        offSince = offSince ?? now
    }

    /// Whether the operation writes once more the block with which a direct write began that failed.
    fileprivate func mends(_ operation: MemoryDisk.Operation) -> Bool {
        guard calmOperationsLeft > 0, operation.kind == .write, let damagedBlock else { return false }
        return operation.path == damagedBlock.path && operation.offset == damagedBlock.offset
    }

    fileprivate mutating func judge(_ operation: MemoryDisk.Operation, at now: UInt64) -> MemoryDisk.Verdict {
        if isOff { return .fail(EIO) }
        if calmOperationsLeft > 0 {
            calmOperationsLeft -= 1
            return .proceed
        }
        operationsLeft -= 1
        if operationsLeft < 0 {
            switchOff(at: now)
            // The operation during which the power goes may have been begun.
            return .fail(EIO, arrived: operation.isWrite ? random.below(operation.count + 1) : 0)
        }
        let fatalCount = failures.fatalCount
        guard let verdict = failure(of: operation) else { return .proceed }
        failures.count += 1
        if failures.fatalCount > fatalCount, operation.path.hasPrefix("/log") {
            failures.doubtfulSince = failures.doubtfulSince ?? now
        }
        return verdict
    }

    private mutating func failure(of operation: MemoryDisk.Operation) -> MemoryDisk.Verdict? {
        switch operation.kind {
        case .write: return failureOfWrite(size: operation.count)
        case .directWrite:
            let verdict = failureOfWrite(size: operation.count)
            guard case .fail(EIO, let arrived) = verdict, operation.path.hasSuffix(".segment") else { return verdict }
            // Its block is written once more, and the file is cut and synced.
            calmOperationsLeft = 3
            damagedBlock = (operation.path, operation.offset)
            return .failAndDamage(EIO, arrived: arrived)
        case .create, .makeDirectory:
            return isFull() ? .fail(ENOSPC) : nil
        case .read: return happens(odds.read) ? .fail(EIO) : nil
        case .dataSync, .sync:
            guard happens(odds.sync) else { return nil }
            // So is that of a file that is made ahead of time, or to which a segment is packed: it is given up.
            if operation.kind == .sync, operation.path.hasSuffix(".spare") || operation.path.hasSuffix(".packing") {
                return .fail(random.once(in: 2) ? EIO : ENOSPC, arrived: 1)
            }
            failures.fatalCount += 1
            // The sync of a copy that fails is nothing to the log.
            if operation.path.hasPrefix("/log/") { failures.syncCount += 1 }
            return .fail(random.once(in: 2) ? EIO : ENOSPC, arrived: 1)
        case .syncDirectory:
            guard happens(odds.name) else { return nil }
            // That of a copy is nothing to the log; the folder that holds the log is synced before it is open.
            if operation.path.hasPrefix("/log") { failures.fatalCount += 1 }
            return .fail(random.once(in: 2) ? EIO : ENOSPC)
        case .truncate:
            guard happens(odds.truncation) else { return nil }
            failures.fatalCount += 1
            return .fail(random.once(in: 2) ? EIO : ENOSPC)
        case .rename, .remove, .open, .link: return happens(odds.name) ? .fail(EIO) : nil
        case .size, .list, .removeDirectory: return nil
        }
    }

    private mutating func failureOfWrite(size: Int) -> MemoryDisk.Verdict? {
        let arrived = random.below(size + 1)
        if isFull() { return .fail(ENOSPC, arrived: arrived) }
        return happens(odds.write) ? .fail(EIO, arrived: arrived) : nil
    }

    private mutating func isFull() -> Bool {
        if fullWritesLeft > 0 {
            fullWritesLeft -= 1
            return true
        }
        guard happens(odds.full) else { return false }
        fullWritesLeft = random.below(6)
        return true
    }

    private mutating func happens(_ odds: Int) -> Bool { odds > 0 && random.once(in: odds) }
}
