import Synchronization
import WeirLog

/// Runs tasks and the work of a log's threads on the thread that asks, one piece at a time, in an order that depends on a seed
/// only.
final class SimulatedExecutor: TaskExecutor, BlockingWorkers {
    private enum Piece {
        case job(UnownedJob)
        case work(@Sendable (Bool) -> Void)
    }

    private struct State {
        var pieces: [Piece] = []
        var random: SeededRandom
        var isActive = true
    }

    private let state: Mutex<State>

    private init(seed: UInt64) { state = Mutex(State(random: SeededRandom(seed: seed))) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.pieces.append(.job(job)) }
    }

    func perform(_ work: @escaping @Sendable (Bool) -> Void) { state.withLock { $0.pieces.append(.work(work)) } }

    func shutDown() async { state.withLock { $0.isActive = false } }

    /// What `body` returns; nil when it waits for something that nothing will bring about.
    static func run<Result: Sendable>(
        seed: UInt64,
        _ body: @escaping @Sendable (SimulatedExecutor) async -> Result
    ) -> Result? {
        let executor = SimulatedExecutor(seed: seed)
        let outcome = Outcome<Result>()
        Task(executorPreference: executor) {
            let value = await body(executor)
            outcome.value.withLock { $0 = value }
        }
        while let (piece, isActive) = executor.next() {
            switch piece {
            case .job(let job): job.runSynchronously(on: executor.asUnownedTaskExecutor())
            case .work(let work): work(isActive)
            }
        }
        return outcome.value.withLock(\.self)
    }

    private func next() -> (Piece, Bool)? {
        state.withLock { state in
            if state.pieces.isEmpty { return nil }
            let place = state.random.below(state.pieces.count)
            return (state.pieces.remove(at: place), state.isActive)
        }
    }

    private final class Outcome<Result: Sendable>: Sendable {
        let value = Mutex<Result?>(nil)
    }
}
