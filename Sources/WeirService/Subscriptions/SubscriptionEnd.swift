import Synchronization

/// Tells a subscription that it has to end before its time: once, and for good.
final class SubscriptionEnd: Sendable {
    private struct State {
        var ending: SubscriptionEnding?
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Why it has to end; nil while it may go on.
    var ending: SubscriptionEnding? { state.withLock { $0.ending } }

    /// Has it end. The first reason counts.
    func end(_ ending: SubscriptionEnding) {
        let waiting = state.withLock { state in
            state.ending = state.ending ?? ending
            return state.waiting.take()
        }
        waiting?.resume()
    }

    /// Waits until it has to end, or the task is cancelled. One task at a time.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    // A task that was cancelled before this is not told again.
                    guard state.ending == nil, !Task.isCancelled else { return false }
                    state.waiting = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.take() }?.resume()
        }
    }
}
