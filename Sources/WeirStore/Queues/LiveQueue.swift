import Synchronization
import WeirLog
import WeirModel
import WeirRuntime

/// An open queue: its journal, the stream that it delivers from, and those who wait for records.
final class LiveQueue: Sendable {
    private struct State {
        var description: QueueDescription
        /// When the state ends in which the queue is for a while, in nanoseconds.
        var transitionEnd: UInt64?
        /// Shards that may have records which were not delivered.
        var arrivals: Set<ShardID>
        /// The shard from which records were taken last: the next one's turn comes.
        var lastShard: ShardID?
        /// Counts receives: every other one begins with records that were delivered before.
        var turn = 0
        /// When the alarm rings, in nanoseconds.
        var alarm: UInt64?

        /// The shard whose turn it is.
        var nextArrival: ShardID? {
            var least: ShardID?
            var following: ShardID?
            for shard in arrivals {
                if least.map({ shard < $0 }) ?? true { least = shard }
                guard let lastShard, shard > lastShard else { continue }
                if following.map({ shard < $0 }) ?? true { following = shard }
            }
            return following ?? least
        }
    }

    let id: Int64
    let resourceID: String
    let source: any QueueSource
    let journal: QueueJournal
    /// One receive at a time reads records.
    let gate = AsyncGate()
    /// What was read and not delivered yet.
    let ahead = Mutex(ReadAhead())
    let time: any TimeSource
    private let alarms: any AlarmClock
    private let bells = (records: QueueBell(), deadLetters: QueueBell())
    private let state: Mutex<State>
    /// What became of its records since the process began.
    private let counts = Mutex(QueueFigures.Counts())
    /// The clock goes on from here.
    private let origin: (milliseconds: Int64, nanoseconds: UInt64)

    init(
        _ description: QueueDescription,
        source: any QueueSource,
        journal: QueueJournal,
        time: any TimeSource,
        alarms: any AlarmClock = SystemAlarmClock()
    ) {
        id = description.id
        resourceID = description.resourceID
        self.source = source
        self.journal = journal
        self.time = time
        self.alarms = alarms
        origin = (max(journal.withMachine { $0.time }, time.wallMilliseconds), time.monotonicNanoseconds)
        state = Mutex(State(description: description, arrivals: Set(source.shardIDs)))
    }

    // MARK: Time

    /// Milliseconds since 1970, as the wall clock said when the queue was opened, or the newest event if that was later; from then
    /// on by the clock that only goes forward. Where the wall clock is set, a record's time must not be over later for
    /// that, nor earlier.
    var now: Int64 { origin.milliseconds + Int64((time.monotonicNanoseconds - origin.nanoseconds) / 1_000_000) }

    // MARK: Description

    /// The queue as it is now; nil when its time of being deleted is over.
    var description: QueueDescription? { look { $0 } }

    /// Its state now, and how it delivers; nil when its time of being deleted is over. Each call about records asks, and the
    /// names and tags of the queue need not be copied for that.
    var delivery: (status: QueueStatus, attributes: QueueAttributes)? { look { ($0.status, $0.attributes) } }

    private func look<Part: Sendable>(_ part: (borrowing QueueDescription) -> Part) -> Part? {
        state.withLock { state in
            guard let end = state.transitionEnd, end <= time.monotonicNanoseconds else {
                return part(state.description)
            }
            guard state.description.status != .deleting else { return nil }
            state.description.status = .active
            state.transitionEnd = nil
            return part(state.description)
        }
    }

    /// Changes what is told of the queue.
    func withDescription(_ body: (inout QueueDescription) -> Void) { state.withLock { body(&$0.description) } }

    /// The queue is in a state until a time in nanoseconds.
    func enter(_ status: QueueStatus, until end: UInt64?) {
        state.withLock { state in
            state.description.status = end == nil && status != .deleting ? .active : status
            state.transitionEnd = end
        }
    }

    /// Counts what became of records.
    func count(_ body: (inout QueueFigures.Counts) -> Void) { counts.withLock { body(&$0) } }

    /// What became of records since the process began, but for what the passing of time did.
    var counted: QueueFigures.Counts { counts.withLock { $0 } }

    // MARK: Arrivals

    /// Records were appended to shards, or shards were closed or opened.
    func signal(_ shards: some Sequence<ShardID>) {
        state.withLock { state in
            for shard in shards { state.arrivals.insert(shard) }
        }
        bells.records.ring()
    }

    /// The shard whose turn it is, of those that may have records; nil when there is none.
    var nextArrival: ShardID? { state.withLock(\.nextArrival) }

    /// The same, which is not one of them any more. Nil also when it does not meet the condition: then its turn stays.
    func takeArrival(where condition: (ShardID) -> Bool = { _ in true }) -> ShardID? {
        state.withLock { state in
            guard let next = state.nextArrival, condition(next) else { return nil }
            state.lastShard = next
            state.arrivals.remove(next)
            return next
        }
    }

    /// A shard may have more records.
    func putBack(_ shard: ShardID) { state.withLock { _ = $0.arrivals.insert(shard) } }

    /// Whether some shard may have records.
    var hasArrivals: Bool { state.withLock { !$0.arrivals.isEmpty } }

    /// Whether this receive begins with records that were delivered before.
    func nextTurnIsOfVisible() -> Bool {
        state.withLock { state in
            state.turn += 1
            return state.turn.isMultiple(of: 2)
        }
    }

    // MARK: Waiting

    /// Those who wait for records or dead letters.
    func bell(_ path: QueuePath) -> QueueBell { path == .records ? bells.records : bells.deadLetters }

    /// Lets all go who wait.
    func endWaits() {
        bells.records.close()
        bells.deadLetters.close()
    }

    /// Rings for what is visible by now, lets those go whose time is over, and sets the alarm for what comes next.
    func attend() {
        let nanoseconds = time.monotonicNanoseconds
        bells.records.expire(at: nanoseconds)
        bells.deadLetters.expire(at: nanoseconds)
        guard bells.records.isWaitedFor || bells.deadLetters.isWaitedFor else { return }
        let now = now
        let (hasRecords, hasDeadLetters, next) = journal.withMachine { machine in
            machine.settle(at: now)
            return (
                machine.mayHaveVisible(.records), machine.mayHaveVisible(.deadLetters), machine.nextVisibleAt()
            )
        }
        if hasRecords, bells.records.isWaitedFor { bells.records.ring() }
        if hasDeadLetters, bells.deadLetters.isWaitedFor { bells.deadLetters.ring() }
        let nextVisible = next.map { nanoseconds + UInt64(max(0, $0 - now)) * 1_000_000 }
        let times = [nextVisible, bells.records.nextDeadline, bells.deadLetters.nextDeadline]
        if let time = times.compactMap(\.self).min() { setAlarm(at: time, from: nanoseconds) }
    }

    private func setAlarm(at next: UInt64, from now: UInt64) {
        let isNeeded = state.withLock { state in
            if let alarm = state.alarm, alarm <= next { return false }
            state.alarm = next
            return true
        }
        guard isNeeded else { return }
        alarms.ring(after: next > now ? next - now : 0) { [weak self] in self?.alarmRang(next) }
    }

    private func alarmRang(_ alarm: UInt64) {
        // One that was set before a sooner one is not waited for any more.
        let isCurrent = state.withLock { state in
            guard state.alarm == alarm else { return false }
            state.alarm = nil
            return true
        }
        if isCurrent { attend() }
    }
}
