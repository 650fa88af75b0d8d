import NIOCore
import Synchronization

/// Runs tasks on an event loop: a request's task then needs no other thread unless it waits for one.
///
/// A task that outlives the server goes on in the global pool of threads, because its event loop is gone.
final class EventLoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop
    private let isClosed = Mutex(false)

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isTaken = execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        if !isTaken { globalConcurrentExecutor.enqueue(job) }
    }

    /// Runs something on the event loop. False when the event loop is gone: it is not run then.
    @discardableResult
    func execute(_ work: @escaping @Sendable () -> Void) -> Bool {
        isClosed.withLock { isClosed in
            guard !isClosed else { return false }
            eventLoop.execute(work)
            return true
        }
    }

    /// Gives the event loop no more work, and waits until it has done what it has.
    func close() async throws {
        isClosed.withLock { $0 = true }
        try await eventLoop.submit {}.get()
    }
}
