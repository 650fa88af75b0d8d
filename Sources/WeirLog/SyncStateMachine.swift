/// When a log syncs what it acknowledged before.
///
/// The deadline is that of the first entry that is not synced, and later ones do not move it. The time is passed in, in
/// nanoseconds of a clock that only goes forward.
struct SyncStateMachine {
    enum Action: Equatable {
        case none
        /// Call ``timerRang(_:at:)`` at this time, with it.
        case setTimer(UInt64)
        /// Sync now, and then call ``didSync()``.
        case sync
    }

    private(set) var durability: LogDurability
    /// When the first entry was written that is not synced.
    private var firstWrite: UInt64?
    /// The time of the timer that counts.
    private var timer: UInt64?
    private var isStopped = false

    init(durability: LogDurability) { self.durability = durability }

    private var deadline: UInt64? {
        guard let firstWrite, !isStopped, case .interval(let nanoseconds) = durability else { return nil }
        let (deadline, overflow) = firstWrite.addingReportingOverflow(nanoseconds)
        return overflow ? .max : deadline
    }

    /// Entries were written at a time, and are acknowledged without a sync.
    mutating func didWrite(at now: UInt64) -> Action {
        guard firstWrite == nil else { return .none }
        firstWrite = now
        return arm()
    }

    /// Everything that was written is synced.
    mutating func didSync() { firstWrite = nil }

    /// Another rule holds from now on. What is outstanding by an interval is synced at once when there is none any more.
    mutating func setDurability(_ new: LogDurability, at now: UInt64) -> Action {
        guard new != durability, !isStopped else { return .none }
        durability = new
        if new == .always { return .sync }
        return isDue(at: now) ? .sync : arm()
    }

    /// A timer that was set for a time has rung.
    mutating func timerRang(_ time: UInt64, at now: UInt64) -> Action {
        // Else another took its place.
        guard timer == time else { return .none }
        timer = nil
        return isDue(at: now) ? .sync : arm()
    }

    /// The log takes no more appends.
    mutating func stop() { isStopped = true }

    private func isDue(at now: UInt64) -> Bool { deadline.map { $0 <= now } ?? false }

    /// One timer is enough: that of an earlier deadline sets the next when it rings.
    private mutating func arm() -> Action {
        guard let deadline else { return .none }
        if let timer, timer <= deadline { return .none }
        timer = deadline
        return .setTimer(deadline)
    }
}
