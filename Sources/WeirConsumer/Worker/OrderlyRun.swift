import ServiceLifecycle
import Synchronization
import WeirModel

/// The only run of a service, in a task of its own: to cancel the caller begins an orderly shutdown instead of tearing down its
/// calls.
final class OrderlyRun: Sendable {
    private let task = Mutex<Task<Void, any Error>?>(nil)

    /// Runs `body` to its end, and calls `shutDown` when a graceful shutdown begins or the caller is cancelled. Throws what `body`
    /// throws, and `configuration` with a message when it was called before.
    func run(
        on executor: (any TaskExecutor)? = nil,
        messageOfSecondRun: String,
        _ body: @escaping @Sendable () async throws -> Void,
        shutDown: @escaping @Sendable () -> Void
    ) async throws {
        let task = try task.withLock { task in
            guard task == nil else { throw ServiceError(.configuration, messageOfSecondRun) }
            let begun = Task(executorPreference: executor) { try await body() }
            task = begun
            return begun
        }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await task.value
            } onGracefulShutdown: {
                shutDown()
            }
        } onCancel: {
            shutDown()
        }
    }

    /// Cancels what runs, as if the process had been killed.
    func abandon() { task.withLock { $0 }?.cancel() }
}
