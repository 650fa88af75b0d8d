/// Decides what one worker does about the leases of its application: which it takes, renews, hands over and gives up,
/// and when its consumers run.
///
/// The machine does no I/O and reads no clock: events go in with the time of the worker's monotonic clock, actions come
/// out. Whoever drives it performs the actions, answers each `scan`, `write` and `read` with the event that tells what
/// became of it, and sends `tick` at ``nextDeadline``.
///
/// Where the table tells of its changes (``Event/changed(_:)``), a lease that is given up, handed over or asked for is dealt
/// with at once. Without it, or when the feed breaks, scans find the same a little later: nothing depends on it.
///
/// What it costs, with the fail-over time F: one scan of the table each F/4, each F while the table tells of its changes and
/// the leases are shared evenly, and one at each moment when a lease of another worker expires (on DynamoDB a read unit for
/// each 4 KiB of the table, some 15 leases); one write a lease each F/3, less when checkpoints come more often, since a
/// checkpoint is a sign of life too. A new worker takes two leases after its first scan, and twice as many after each
/// that follows at once.
public struct LeaseStateMachine: Sendable {
    /// What a worker is told about its leases once and for all.
    public struct Configuration: Sendable {
        /// The worker's name, unique in the application.
        public var workerID: String
        /// A lease whose counter has not moved for this long may be taken by another worker.
        public var failoverTime: Duration
        /// Leases that the worker holds, at most.
        public var maximumLeases = Int.max
        /// Leases that the worker asks others for after one scan, at most.
        public var maximumMovesPerScan = 64
        /// By what the workers share. All of an application have the same.
        public var balance = LeaseBalance.count
        /// After this long an owner that does not hand over is stolen from.
        public var handOffTimeout: Duration
        /// Which leases of the table are the application's at the beginning.
        public var scope = LeaseScope.oneStream

        /// A worker's settings. An owner has three times the fail-over time to hand over.
        public init(workerID: String, failoverTime: Duration) {
            self.workerID = workerID
            self.failoverTime = failoverTime
            handOffTimeout = failoverTime * 3
        }
    }

    /// What happened.
    public enum Event: Sendable {
        /// The time of ``nextDeadline`` has come.
        case tick
        /// The whole table was read.
        case scanned([Lease])
        /// The table could not be read.
        case scanFailed
        /// This worker put new leases into the table.
        case created([Lease])
        /// Leases were changed, by anyone, as the table's change feed tells them: in order, but each may be an older version
        /// than a scan or an answer has shown.
        case changed([Lease])
        /// Leases were deleted, by anyone, as the feed tells; some may be there again.
        case deleted([String])
        /// The change feed may have left something out: only a scan tells.
        case missedChanges
        /// A write has ended.
        case wrote(LeaseWrite, LeaseWriteOutcome)
        /// A read of one lease has ended.
        case read(key: String, LeaseReadOutcome)
        /// Other leases are the application's from now on: a stream was added, or is not read any more.
        case scope(LeaseScope)
        /// The consumer wants the checkpoint moved.
        case checkpoint(key: String, LeaseCheckpoint)
        /// The consumer wants a checkpoint prepared.
        case prepare(key: String, PendingCheckpoint)
        /// What the consumers were given lately, by key: bytes a second.
        case measured([String: Int64])
        /// A consumer has stopped, asked or not. It sends no more checkpoints.
        case consumerStopped(key: String)
        /// The worker is to stop: finish what runs, give every lease up.
        case shutdown
    }

    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// Read the whole table.
        case scan
        /// Write a lease.
        case write(LeaseWrite)
        /// Read one lease, consistently.
        case read(key: String)
        /// Run a consumer from the lease's checkpoint. The lease is this worker's until then, as with `holdUntil`.
        case startConsumer(Lease, holdUntil: UInt64)
        /// Ask a consumer to stop.
        case stopConsumer(key: String, StopReason)
        /// The lease is this worker's until then, by its monotonic clock; after that no record may be handed out.
        case holdUntil(key: String, UInt64)
        /// The checkpoint is at least there now.
        case checkpointed(key: String, LeaseCheckpoint)
        /// The pending checkpoint is in the table now, or the checkpoint has passed it.
        case prepared(key: String, PendingCheckpoint)
        /// The lease is not held: no checkpoint that was asked for and not reported can be moved or prepared.
        case checkpointRefused(key: String)
        /// For those who watch.
        case report(LeaseReport)
        /// After a shutdown: nothing is held and nothing is under way.
        case finished
    }

    /// Why a consumer is asked to stop.
    public enum StopReason: Hashable, Sendable {
        /// Another worker may hold the lease: stop at once, without a checkpoint.
        case leaseLost
        /// Finish the record or batch at hand, checkpoint, and stop.
        case shutdownRequested
    }

    let configuration: Configuration
    let failoverTime: UInt64
    let handOffTimeout: UInt64
    var entries: LeaseEntries
    var random: SplitMix64
    var isShuttingDown = false
    var isFinished = false
    /// How many scans have begun, and which of them, counted from 1, was the last that succeeded; 0: none.
    var scansBegun = 0
    var lastScan = 0
    var scanStartedAt: UInt64?
    /// When the last scan began.
    var lastScanAt: UInt64?
    /// Whether another scan is to follow the one that is under way.
    var isScanMissed = false
    var nextScanAt: UInt64 = 0
    /// When the change feed told of something last.
    var lastFedAt: UInt64?
    /// When a lease is due that was left to other workers.
    var nextTakeAt = UInt64.max
    /// How many leases that nobody holds it may be taking at once. Doubled with each scan: a new worker gets to know the
    /// others before it takes what is theirs.
    var takeLimit = 1
    /// Whether more would have been taken without the limit.
    var isTakingLimited = false
    /// Whether the last scan led to nothing.
    var isSettled = false
    /// Whether the next scan is more than a regular one: the change feed does not do instead of it.
    var isScanNeeded = false
    var actions: [Action] = []

    /// When the next `tick` is due, in nanoseconds of the monotonic clock.
    public private(set) var nextDeadline: UInt64 = 0

    /// A worker that knows no lease yet. The first tick, due at once, scans the table. `seed` decides the order in which
    /// it picks among equals.
    public init(configuration: Configuration, seed: UInt64) {
        self.configuration = configuration
        entries = LeaseEntries(workerID: configuration.workerID, scope: configuration.scope)
        failoverTime = UInt64(nanosecondsOf: configuration.failoverTime)
        handOffTimeout = UInt64(nanosecondsOf: configuration.handOffTimeout)
        random = SplitMix64(seed: seed)
    }

    /// The leases that the worker holds, by their keys.
    public var heldLeases: [Lease] {
        concerned.filter { $0.tenure != nil }.map(\.lease).sorted { $0.key < $1.key }
    }

    /// A lease as the worker last saw it.
    public func lease(_ key: String) -> Lease? { entries[key]?.lease }

    /// What concerns this worker, in any order.
    private var concerned: some Sequence<LeaseEntry> { entries.concerned.lazy.compactMap { entries[$0] } }

    var workerID: String { configuration.workerID }
    var renewInterval: UInt64 { failoverTime / 3 }
    var scanInterval: UInt64 { failoverTime / 4 }
    /// Between a failure and the next try, and between two scans.
    var retryInterval: UInt64 { failoverTime / 20 }

    /// Takes note of an event and decides.
    public mutating func handle(_ event: Event, at now: UInt64) -> [Action] {
        entries.now = now
        switch event {
        case .tick: tick(now)
        case .scanned(let leases): scanned(leases, now)
        case .scanFailed:
            scanStartedAt = nil
            scheduleScan(at: now + retryInterval)
        case .created(let leases): created(leases, now)
        case .changed(let leases): changed(leases, now)
        case .deleted(let keys): deleted(keys, now)
        case .missedChanges: missedChanges(now)
        case .wrote(let write, let outcome): wrote(write, outcome, now)
        case .read(let key, let outcome): read(key, outcome, now)
        case .scope(let scope): changeScope(scope, now)
        case .checkpoint(let key, let checkpoint): requestCheckpoint(key, checkpoint, now)
        case .prepare(let key, let pending): requestPreparation(key, pending, now)
        case .measured(let throughputs): measured(throughputs)
        case .consumerStopped(let key): consumerStopped(key, now)
        case .shutdown: shutdown(now)
        }
        if isShuttingDown, !isFinished, concerned.allSatisfy({ $0.tenure == nil && $0.write == nil }) {
            isFinished = true
            actions.append(.finished)
        }
        defer { actions = [] }
        return actions
    }

    /// Looks at everything that waits for a time, and finds the next one.
    private mutating func tick(_ now: UInt64) {
        guard now >= nextDeadline else { return }
        nextDeadline = .max
        for key in entries.concerned.sorted() {
            fenceIfDue(key, now)
            verifyIfDue(key, now)
            advance(key, now)
        }
        guard !isShuttingDown else { return }
        if now >= nextTakeAt {
            takeAvailable(now, isTold: true)
        } else {
            wake(at: nextTakeAt)
        }
        guard scanStartedAt == nil else { return }
        if now >= nextScanAt, mayPostponeScan(now) {
            scheduleRegularScan(since: now, now)
        } else if now >= nextScanAt {
            scanStartedAt = now
            lastScanAt = now
            scansBegun += 1
            actions.append(.scan)
        } else {
            wake(at: nextScanAt)
        }
    }

    mutating func wake(at time: UInt64) { nextDeadline = min(nextDeadline, time) }

    mutating func scheduleScan(at time: UInt64, isNeeded: Bool = true) {
        isScanNeeded = isNeeded
        nextScanAt = time
        wake(at: time)
    }

    private mutating func created(_ leases: [Lease], _ now: UInt64) {
        // Before the first scan the others are unknown, parents of these among them. It comes at once and shows these too.
        guard lastScan > 0 else { return }
        for lease in leases where entries[lease.key] == nil {
            entries[lease.key] = LeaseEntry(lease, now: now, scan: scansBegun)
        }
        share(now)
    }

    private mutating func shutdown(_ now: UInt64) {
        isShuttingDown = true
        for key in entries.concerned.sorted() {
            guard let entry = entries[key] else { continue }
            if entry.tenure != nil {
                depart(key, .release, now)
            } else if entry.lease.handOffTo == workerID, entry.write == nil {
                write(.withdrawHandOff(to: workerID), key, now)
            }
        }
    }
}

extension UInt64 {
    /// The whole nanoseconds of a duration; 0 when it is negative, and those of a hundred years when it is longer: a time may be
    /// added.
    public init(nanosecondsOf duration: Duration) {
        let (seconds, attoseconds) = duration.components
        guard seconds < 3_155_760_000 else {
            self = 3_155_760_000_000_000_000
            return
        }
        self = seconds < 0 ? 0 : UInt64(seconds) * 1_000_000_000 + UInt64(Swift.max(attoseconds, 0)) / 1_000_000_000
    }
}
