import Synchronization
import WeirModel
import WeirWire

/// The calls of a region that wait for records: so many at a time, and none once the server stops.
final class ReadWaits: Sendable {
    private struct State {
        var waits: [ObjectIdentifier: CallWait] = [:]
        var isStopped = false
    }

    private let maximumCount: Int
    private let state = Mutex(State())

    init(maximumCount: Int) { self.maximumCount = maximumCount }

    /// A call is about to wait. False when it must not: there is no room, or the server stops.
    func begin(_ wait: CallWait) -> Bool {
        state.withLock { state in
            guard !state.isStopped, state.waits.count < maximumCount else { return false }
            state.waits[ObjectIdentifier(wait)] = wait
            return true
        }
    }

    /// The call waits no more.
    func end(_ wait: CallWait) { state.withLock { $0.waits[ObjectIdentifier(wait)] = nil } }

    /// Ends all waits; from now on none begins.
    func stop() {
        let waits = state.withLock { state in
            state.isStopped = true
            return Array(state.waits.values)
        }
        for wait in waits { wait.cancel() }
    }

    /// How many calls wait.
    var count: Int { state.withLock(\.waits.count) }
}
