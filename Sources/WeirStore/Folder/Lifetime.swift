import Synchronization
import WeirModel

/// The time in which a data folder is open, for changes that consist of several steps: none is left half done, neither by
/// the cancellation of the caller's task nor by closing the folder.
final class Lifetime: Sendable {
    private struct State {
        var isOver = false
        var running = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs a change to its end. Throws `serviceUnavailable` when the folder is closed or being closed.
    func change<Result: Sendable>(
        _ body: @escaping @Sendable () async throws(ServiceError) -> Result
    ) async throws(ServiceError) -> Result {
        try begin()
        defer { end() }
        // A task of its own is not cancelled with the caller's.
        let outcome = await Task { () async -> Swift.Result<Result, ServiceError> in
            do throws(ServiceError) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }.value
        return try outcome.get()
    }

    /// Lets no change begin any more, and waits for those that run. Returns whether this call ended the lifetime.
    func finish() async -> Bool {
        let isFirst = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard state.running > 0 else { return false }
                state.waiting.append(continuation)
                return true
            }
            if !waits { continuation.resume() }
        }
        return isFirst
    }

    private func begin() throws(ServiceError) {
        let begins = state.withLock { state in
            guard !state.isOver else { return false }
            state.running += 1
            return true
        }
        guard begins else { throw ServiceError(.serviceUnavailable, "The data folder is closed.") }
    }

    private func end() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.running -= 1
            guard state.running == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
