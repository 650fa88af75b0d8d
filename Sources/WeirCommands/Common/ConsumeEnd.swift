import Synchronization

/// Why a `weir consume` ends of its own accord.
final class ConsumeEnd: Sendable {
    private let state = Mutex<CommandFailure?>(nil)
    private let failures: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (failures, continuation) = AsyncStream.makeStream() }

    /// What went wrong, if anything.
    var failure: CommandFailure? { state.withLock(\.self) }

    /// The worker cannot go on. The first reason counts.
    func fail(_ failure: CommandFailure) {
        state.withLock { $0 = $0 ?? failure }
        continuation.finish()
    }

    /// There is nothing more to do.
    func finish() { continuation.finish() }

    /// Returns when the worker is to end: it failed, or it was idle for so many seconds, or the task was cancelled.
    func wait(for idleSeconds: Int?, _ idle: IdleWatch) async {
        guard let idleSeconds else { return await wait(forIdle: nil) }
        await wait(forIdle: { try await idle.wait(seconds: idleSeconds) })
    }

    /// Returns when the worker is to end: it failed, or it is idle, or the task was cancelled.
    ///
    /// - Parameter idle: returns when the worker is idle; nil where that is no reason to end.
    func wait(forIdle idle: (@Sendable () async throws -> Void)?) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [failures] in for await _ in failures {} }
            if let idle {
                group.addTask {
                    do {
                        try await idle()
                    } catch is CancellationError {
                        return
                    } catch {
                        self.fail(CommandFailure("\(error)"))
                    }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}
