import WeirModel
import WeirWire

/// Decides what a watch of a table does next: when it connects again, and where it goes on. No I/O, no clock.
struct TableChangeSequenceStateMachine: Sendable {
    enum Action: Sendable {
        /// Wait, then connect, and go on at the cursor.
        case connect(cursor: String?, after: Duration)
        /// Read the next message of the connection.
        case read
        /// Give the event, then read.
        case give(TableChangeEvent)
        /// The end.
        case fail(ServiceError)
    }

    private let policy: RetryPolicy
    private var cursor: String?
    /// Connections since the last message that said something.
    private var failures = 0

    /// A watch that has not begun. A watch never gives up on failures that may pass: of the policy only the waits count.
    init(policy: RetryPolicy) { self.policy = policy }

    /// What comes first.
    func begin() -> Action { .connect(cursor: nil, after: .zero) }

    /// A message came. `jitter` is random, from 0 up to, not including, 1.
    mutating func received(_ message: TableWatchMessage, jitter: Double) -> Action {
        switch message {
        case .initialResponse: return .read
        case .heartbeat(let event):
            moved(to: event)
            return .read
        case .scanAgain(let event):
            moved(to: event)
            return .give(.scanAgain)
        case .changes(let event):
            moved(to: event)
            return .give(.changes(event.changes ?? []))
        case .exception(let error): return failed(error, jitter: jitter)
        }
    }

    /// The server ended the connection: it was up long enough, or it stops. A connection that said nothing has failed.
    mutating func ended(jitter: Double) -> Action {
        guard failures > 0 else {
            failures = 1
            return .connect(cursor: cursor, after: .zero)
        }
        return failed(ServiceError(.connectionFailure, "The watch ended without a word."), jitter: jitter)
    }

    /// The connection could not be made, or was lost.
    mutating func failed(_ error: ServiceError, jitter: Double) -> Action {
        switch error.code {
        case .unknownOperation:
            return .fail(ServiceError(.notSupported, "The service does not tell of changes of tables.", cause: error))
        // What was read makes no sense: another connection may.
        case _ where error.isRetryable, .malformedResponse:
            failures += 1
            let bound = policy.delayBound(repetition: failures, isThrottling: error.isThrottling)
            return .connect(cursor: cursor, after: bound * jitter)
        default: return .fail(error)
        }
    }

    private mutating func moved(to event: WatchTable.Event) {
        cursor = event.cursor
        failures = 0
    }
}
