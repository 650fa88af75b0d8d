import Synchronization
import WeirRuntime

/// Wakes one task at a time of the monotonic clock, or before when somebody rings.
final class Alarm: Sendable {
    private struct State {
        var isRung = false
        var sleep: Task<Void, any Error>?
    }

    private let time: any TimeSource
    private let state = Mutex(State())

    init(time: any TimeSource) { self.time = time }

    /// Ends the wait, or the next one. What it is about is changed before: the task that wakes looks at it again.
    func ring() {
        let sleep = state.withLock { state in
            state.isRung = true
            return state.sleep
        }
        sleep?.cancel()
    }

    /// Waits until a time, a ring, or the cancellation of the task.
    func wait(until deadline: UInt64) async {
        let now = time.monotonicNanoseconds
        // An hour at most: the sum of a time and a long pause must be one.
        let pause = min(deadline > now ? deadline - now : 0, 3_600_000_000_000)
        let time = time
        let sleep = Task(executorPreference: time.taskExecutor) {
            try await time.sleep(for: .nanoseconds(Int64(pause)))
        }
        let isRung = state.withLock { state in
            state.sleep = sleep
            return state.isRung
        }
        if isRung { sleep.cancel() }
        await withTaskCancellationHandler {
            _ = await sleep.result
        } onCancel: {
            sleep.cancel()
        }
        state.withLock { state in
            state.sleep = nil
            state.isRung = false
        }
    }
}
