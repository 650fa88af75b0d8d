import Synchronization
import WeirModel
import WeirWire

/// The watches of tables that are under way, so that they can be ended.
final class TableWatches: Sendable {
    typealias End = ReplyStreamEnd<TableWatchEnding>

    private struct State {
        var ends: [UInt64: End] = [:]
        var nextNumber: UInt64 = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private let maximumCount: Int

    init(maximumCount: Int = Limits.maximumTableWatchCount) { self.maximumCount = maximumCount }

    /// A watch begins. The number goes to ``end(_:)``. Throws `limitExceeded` when there are too many, and
    /// `serviceUnavailable` after the end of all.
    func begin(_ end: End) throws(ServiceError) -> UInt64 {
        let outcome = state.withLock { state -> Result<UInt64, ServiceError> in
            guard !state.isStopped else {
                return .failure(ServiceError(.serviceUnavailable, "The server is shutting down."))
            }
            guard state.ends.count < maximumCount else {
                return .failure(ServiceError(.limitExceeded, "There are \(maximumCount) watches of tables already."))
            }
            defer { state.nextNumber += 1 }
            state.ends[state.nextNumber] = end
            return .success(state.nextNumber)
        }
        return try outcome.get()
    }

    /// A watch has ended.
    func end(_ number: UInt64) { state.withLock { $0.ends[number] = nil } }

    /// Ends all; from now on none begins.
    func stop() {
        let ends = state.withLock { state in
            state.isStopped = true
            return Array(state.ends.values)
        }
        for end in ends { end.end(.serverStopped) }
    }

    /// How many there are.
    var count: Int { state.withLock { $0.ends.count } }
}
