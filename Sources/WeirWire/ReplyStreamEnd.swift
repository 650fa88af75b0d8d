import Synchronization
import WeirModel

/// Tells a ``ReplyStream`` that it has to end before its time: once, and for good.
public final class ReplyStreamEnd<Reason: Sendable>: Sendable {
    private struct State {
        var reason: Reason?
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// The end of a stream that may go on.
    public init() {}

    /// Why it has to end; nil while it may go on.
    public var reason: Reason? { state.withLock { $0.reason } }

    /// Has it end. The first reason counts.
    public func end(_ reason: Reason) {
        let waiting = state.withLock { state in
            state.reason = state.reason ?? reason
            return state.waiting.take()
        }
        waiting?.resume()
    }

    /// Waits until it has to end, or the task is cancelled. One task at a time.
    public func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    // A task that was cancelled before this is not told again.
                    guard state.reason == nil, !Task.isCancelled else { return false }
                    state.waiting = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.take() }?.resume()
        }
    }

    /// Waits until `body` returns, until it has to end, or until `sleep` returns, whatever comes first; the others are
    /// cancelled. Gives what `body` threw, when it was the first.
    public func wait(
        or body: @escaping @Sendable () async throws(ServiceError) -> Void,
        sleep: @escaping @Sendable () async throws -> Void
    ) async -> ServiceError? {
        await withTaskGroup(of: ServiceError?.self) { group in
            group.addTask {
                do throws(ServiceError) {
                    try await body()
                    return nil
                } catch {
                    return error
                }
            }
            group.addTask {
                // It throws when it is cancelled, and then something else came first.
                try? await sleep()
                return nil
            }
            group.addTask {
                await self.wait()
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
