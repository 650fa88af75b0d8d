import Synchronization
import WeirLog

/// Runs tasks and the work of a log's threads on the thread that asks, one piece at a time, in an order that depends on a seed
/// only. Each piece takes a little of the virtual time, and when there is none, the time of the next alarm comes.
final class SimulatedExecutor: TaskExecutor, BlockingWorkers {
    private enum Piece {
        case job(UnownedJob)
        case work(@Sendable (Bool) -> Void)
        case alarm(@Sendable () -> Void)
    }

    private struct Alarm {
        var time: UInt64
        var isOfLog: Bool
        var work: @Sendable () -> Void
    }

    private struct State {
        var pieces: [(piece: Piece, turn: Int)] = []
        var alarms: [Alarm] = []
        var turn = 0
        var random: SeededRandom
        var isActive = true
    }

    /// A piece that has waited for so many others is next.
    private static let longestWait = 24
    /// Nanoseconds that a piece takes, at most.
    private static let longestPiece = 100_000
    /// What is done at a time is done so many nanoseconds later, at most, with room for the pieces that wait as long.
    static let longestDelay: UInt64 = 10_000_000

    let time: VirtualTime
    private let state: Mutex<State>

    private init(seed: UInt64, time: VirtualTime) {
        self.time = time
        state = Mutex(State(random: SeededRandom(seed: seed)))
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        add(.job(job))
    }

    func perform(_ work: @escaping @Sendable (Bool) -> Void) { add(.work(work)) }

    private func add(_ piece: Piece) { state.withLock { $0.pieces.append((piece, $0.turn)) } }

    func shutDown() async { state.withLock { $0.isActive = false } }

    /// Does some work after a while.
    func ring(after nanoseconds: UInt64, isOfLog: Bool, _ work: @escaping @Sendable () -> Void) {
        let alarm = Alarm(time: time.monotonicNanoseconds + nanoseconds, isOfLog: isOfLog, work: work)
        state.withLock { $0.alarms.append(alarm) }
    }

    /// Waits for a while.
    func sleep(nanoseconds: Int) async {
        await withCheckedContinuation { continuation in
            ring(after: UInt64(nanoseconds), isOfLog: false) { continuation.resume() }
        }
    }

    /// Lets what a log waits for come later.
    func postponeAlarms(by nanoseconds: UInt64) {
        state.withLock { state in
            for place in state.alarms.indices where state.alarms[place].isOfLog {
                state.alarms[place].time = time.monotonicNanoseconds + nanoseconds
            }
        }
    }

    /// What `body` returns; nil when it waits for something that nothing will bring about.
    static func run<Result: Sendable>(
        seed: UInt64,
        time: VirtualTime,
        _ body: @escaping @Sendable (SimulatedExecutor) async -> Result
    ) -> Result? {
        let executor = SimulatedExecutor(seed: seed, time: time)
        let outcome = Outcome<Result>()
        Task(executorPreference: executor) {
            let value = await body(executor)
            outcome.value.withLock { $0 = value }
        }
        while let (piece, isActive) = executor.next() {
            switch piece {
            case .job(let job): job.runSynchronously(on: executor.asUnownedTaskExecutor())
            case .work(let work): work(isActive)
            case .alarm(let work): work()
            }
        }
        return outcome.value.withLock(\.self)
    }

    private func next() -> (Piece, Bool)? {
        state.withLock { state in
            state.turn += 1
            time.advance(by: state.random.below(Self.longestPiece))
            if state.pieces.isEmpty, let next = state.alarms.map(\.time).min() { time.advance(to: next) }
            let now = time.monotonicNanoseconds
            if let due = state.alarms.firstIndex(where: { $0.time <= now }) {
                return (.alarm(state.alarms.remove(at: due).work), state.isActive)
            }
            guard let oldest = state.pieces.first else { return nil }
            let hasWaited = state.turn - oldest.turn > Self.longestWait
            let place = hasWaited ? 0 : state.random.below(state.pieces.count)
            return (state.pieces.remove(at: place).piece, state.isActive)
        }
    }

    private final class Outcome<Result: Sendable>: Sendable {
        let value = Mutex<Result?>(nil)
    }
}

/// The alarms of a log: with a defect, if there is to be one.
struct SimulatedAlarms: AlarmClock {
    let executor: SimulatedExecutor
    let defect: Defect?

    func ring(after nanoseconds: UInt64, _ work: @escaping @Sendable () -> Void) {
        if defect != .neverSyncsLater { executor.ring(after: nanoseconds, isOfLog: true, work) }
    }
}
