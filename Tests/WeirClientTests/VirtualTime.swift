import Synchronization
import WeirRuntime

/// A clock that stands still but for sleeping, which takes no time.
final class VirtualTime: TimeSource {
    private struct State {
        var elapsed = Duration.zero
        var sleeps: [Duration] = []
    }

    private let state = Mutex(State())
    let wallMilliseconds: Int64

    init(wallMilliseconds: Int64 = 1_772_323_199_000) {
        self.wallMilliseconds = wallMilliseconds
    }

    var monotonicNanoseconds: UInt64 {
        let (seconds, attoseconds) = state.withLock { $0.elapsed }.components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// How long was slept, each time.
    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.elapsed += duration
            state.sleeps.append(duration)
        }
    }
}
