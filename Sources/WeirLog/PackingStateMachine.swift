/// When a log packs its sealed segments.
///
/// One segment is packed in a turn, which the log waits for: the logs of a pool take turns. The time is passed in, in nanoseconds
/// of a clock that only goes forward.
struct PackingStateMachine {
    enum Action: Equatable {
        case none
        /// Wait for a turn, ask ``begin()`` when it has come, and tell its end.
        case takeTurn
        /// Call ``timerRang(_:)`` at this time, with it.
        case setTimer(UInt64)
    }

    /// What a turn came to.
    enum Outcome: Equatable {
        /// A segment was packed, or need not be: there may be others.
        case settled
        /// There was none.
        case nothingLeft
        /// The disk refused, or there was no memory: the segment is as it was.
        case failed
    }

    private(set) var compression: LogCompression
    /// Whether there may be a segment to pack.
    private var mayHaveWork = true
    /// Whether a turn is waited for or under way.
    private var hasTurn = false
    /// When it is tried again after a failure.
    private var retryTime: UInt64?
    private var isStopped = false
    private let pause: UInt64

    /// `pause`: nanoseconds from a failure to the next attempt.
    init(compression: LogCompression, pause: UInt64) {
        self.compression = compression
        self.pause = pause
    }

    /// Whether a turn is to go on.
    var isWanted: Bool { compression != .none && !isStopped }

    /// Whether nothing is under way: all is packed, or nothing is to be, or it is tried again later.
    var isIdle: Bool { !hasTurn }

    /// The log was opened.
    mutating func didOpen() -> Action { proceed() }

    /// Another rule holds from now on.
    mutating func setCompression(_ new: LogCompression) -> Action {
        guard new != compression else { return .none }
        compression = new
        return proceed()
    }

    /// There is another sealed segment.
    mutating func didSeal() -> Action {
        mayHaveWork = true
        return proceed()
    }

    /// The turn has come. Whether it is to be used; ``end(_:at:)`` must be called in any case.
    mutating func begin() -> Bool {
        // What is sealed from now on may come too late for this turn.
        if isWanted { mayHaveWork = false }
        return isWanted
    }

    /// The turn is over; without an outcome it was not used, or given up.
    mutating func end(_ outcome: Outcome?, at now: UInt64) -> Action {
        hasTurn = false
        switch outcome {
        case .nothingLeft: break
        case nil, .settled: mayHaveWork = true
        case .failed:
            mayHaveWork = true
            guard isWanted else { return .none }
            let (time, overflow) = now.addingReportingOverflow(pause)
            retryTime = overflow ? .max : time
            return .setTimer(overflow ? .max : time)
        }
        return proceed()
    }

    /// A timer that was set for a time has rung.
    mutating func timerRang(_ time: UInt64) -> Action {
        guard retryTime == time else { return .none }
        retryTime = nil
        return proceed()
    }

    /// Nothing is packed any more, for good.
    mutating func stop() { isStopped = true }

    private mutating func proceed() -> Action {
        guard isWanted, mayHaveWork, !hasTurn, retryTime == nil else { return .none }
        hasTurn = true
        return .takeTurn
    }
}
