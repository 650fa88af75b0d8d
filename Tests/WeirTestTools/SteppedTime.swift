import Synchronization
import WeirRuntime

/// Time that stands still until a test moves it; who sleeps wakes when it has come far enough.
package final class SteppedTime: TimeSource {
    private struct State {
        var nanoseconds: UInt64 = 0
        var sleepers: [UInt64: (until: UInt64, continuation: CheckedContinuation<Bool, Never>)] = [:]
        var nextSleeper: UInt64 = 0
    }

    private let state = Mutex(State())
    private let start: Int64

    package init(_ start: Int64 = 1_700_000_000_000) { self.start = start }

    package var monotonicNanoseconds: UInt64 { state.withLock { $0.nanoseconds } }

    package var wallMilliseconds: Int64 { start + Int64(monotonicNanoseconds / 1_000_000) }

    /// How many sleep.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    package func sleep(for duration: Duration) async throws {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
        let id = state.withLock { state in
            defer { state.nextSleeper += 1 }
            return state.nextSleeper
        }
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    guard !Task.isCancelled else { return true }
                    state.sleepers[id] = (state.nanoseconds + nanoseconds, continuation)
                    return false
                }
                if isCancelled { continuation.resume(returning: false) }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(returning: false)
        }
        if !isOver { throw CancellationError() }
    }

    package func advance(seconds: Int) {
        let woken = state.withLock { state in
            state.nanoseconds += UInt64(seconds) * 1_000_000_000
            let ids = state.sleepers.filter { $0.value.until <= state.nanoseconds }.keys
            return ids.compactMap { state.sleepers.removeValue(forKey: $0)?.continuation }
        }
        for sleeper in woken { sleeper.resume(returning: true) }
    }
}
