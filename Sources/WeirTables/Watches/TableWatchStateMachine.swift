import WeirModel
import WeirStore
import WeirWire

/// Why a watch ends before its time.
enum TableWatchEnding: Sendable {
    /// The server stops.
    case serverStopped
    /// Nobody reads it any more.
    case cancelled
}

/// What a watch of a table does next: no I/O, the time passed in.
///
/// The shell asks for the next ``Step``, does it, and tells what came of a read. Changes are read only when the reader of the
/// watch asks for its next message, so that there is never more than one message.
struct TableWatchStateMachine {
    /// Time limits, in nanoseconds.
    struct Limits {
        /// How long a watch lasts.
        var lifetime = UInt64(WeirModel.Limits.tableWatchLifetimeInSeconds) * 1_000_000_000
        /// After so long without a message comes a heartbeat.
        var heartbeat = UInt64(WeirModel.Limits.tableWatchHeartbeatInSeconds) * 1_000_000_000
    }

    enum Step {
        /// Give a message.
        case message(TableWatchMessage)
        /// Read the changes from there, and tell what was found.
        case read(TableCursor)
        /// Wait for a change from there on, no longer than so many nanoseconds. Then ask again.
        case wait(TableCursor, nanoseconds: UInt64)
        /// The end.
        case finish
    }

    private enum State {
        case begun(TableChanges)
        /// The first message was given, and the first read is still to be told.
        case pending(TableChanges)
        case reading(TableCursor)
        case ended
    }

    private let limits: Limits
    private let beganAt: UInt64
    private var state: State
    private var lastMessageAt: UInt64

    /// A watch that begins now, with what its first read has found.
    init(_ first: TableChanges, at now: UInt64, limits: Limits = Limits()) {
        self.limits = limits
        beganAt = now
        lastMessageAt = now
        state = .begun(first)
    }

    /// The reader wants the next message, or has waited for changes.
    mutating func next(at now: UInt64, ending: TableWatchEnding?) -> Step {
        guard ending == nil, now < endsAt else {
            state = .ended
            return .finish
        }
        switch state {
        case .begun(let first):
            state = .pending(first)
            return .message(.initialResponse)
        case .pending(let first): return didRead(first, at: now)
        case .reading(let cursor): return .read(cursor)
        case .ended: return .finish
        }
    }

    /// What a read has found.
    mutating func didRead(_ read: TableChanges, at now: UInt64) -> Step {
        switch read {
        case .scanAgain(let next): return give(next, at: now) { .scanAgain(.init(cursor: $0)) }
        case .changes(let changes, let next):
            if !changes.isEmpty { return give(next, at: now) { .changes(.init(cursor: $0, changes: changes)) } }
            let heartbeatAt = lastMessageAt + limits.heartbeat
            if now >= heartbeatAt { return give(next, at: now) { .heartbeat(.init(cursor: $0)) } }
            state = .reading(next)
            return .wait(next, nanoseconds: min(heartbeatAt, endsAt) - min(now, endsAt))
        }
    }

    /// A read or a wait failed: the table was deleted, or the store is closed.
    mutating func didFail(_ error: ServiceError) -> Step {
        state = .ended
        // A store that is being closed is a server that stops: the next one tells more.
        return error.code == .serviceUnavailable ? .finish : .message(.exception(error))
    }

    private var endsAt: UInt64 { beganAt + limits.lifetime }

    private mutating func give(_ next: TableCursor, at now: UInt64, _ message: (String) -> TableWatchMessage) -> Step {
        state = .reading(next)
        lastMessageAt = now
        return .message(message(next.text))
    }
}
