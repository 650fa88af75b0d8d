import Synchronization

/// Runs the task that is given to it on the thread that asks: libFuzzer calls a function that is not asynchronous, and a
/// thread that waits for another would take most of the time.
final class InlineExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// What `body` returns; nil when it waits for something that none of its own jobs does.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) -> Result? {
        let executor = InlineExecutor()
        let result = Outcome<Result>()
        Task(executorPreference: executor) {
            let value = await body()
            result.value.withLock { $0 = value }
        }
        while let job = executor.jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: executor.asUnownedTaskExecutor())
        }
        return result.value.withLock(\.self)
    }

    private final class Outcome<Result: Sendable>: Sendable {
        let value = Mutex<Result?>(nil)
    }
}
