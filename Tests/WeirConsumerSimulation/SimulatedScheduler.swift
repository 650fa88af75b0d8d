import Synchronization
import WeirLeases
import WeirSimulation

/// Runs the tasks of several simulated processes on the thread that asks, one piece at a time, in virtual time, in an order that
/// depends on a seed only. Time goes on when nothing is left to do.
package final class SimulatedScheduler: Sendable {
    private struct Job {
        var job: UnownedJob
        var process: SimulatedProcess
    }

    private enum Alarm {
        case resume(CheckedContinuation<Void, any Error>)
        case call(@Sendable () -> Void)
    }

    private struct State {
        var now: UInt64 = 0
        var jobs: [Job] = []
        var agenda = Agenda<Int>()
        var alarms: [Int: Alarm] = [:]
        var alarmCount = 0
        var random: SplitMix64
    }

    /// Of the pieces that wait, one of so many that have waited longest is next.
    private static let choice = 4
    /// Nanoseconds that a piece takes, at most.
    private static let longestPiece: UInt64 = 20_000

    private let state: Mutex<State>

    package init(seed: UInt64) { state = Mutex(State(random: SplitMix64(seed: seed))) }

    /// Nanoseconds since the beginning.
    package var now: UInt64 { state.withLock(\.now) }

    // MARK: What tasks ask for

    func add(_ job: UnownedJob, of process: SimulatedProcess) {
        state.withLock { $0.jobs.append(Job(job: job, process: process)) }
    }

    /// Waits. Throws `CancellationError` when the task is cancelled.
    func sleep(nanoseconds: UInt64) async throws {
        let number = state.withLock { state in
            state.alarmCount += 1
            return state.alarmCount
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                state.withLock { state in
                    state.alarms[number] = .resume(continuation)
                    state.agenda.add(at: state.now + nanoseconds, number)
                }
            }
        } onCancel: {
            let alarm = state.withLock { $0.alarms.removeValue(forKey: number) }
            if case .resume(let continuation) = alarm { continuation.resume(throwing: CancellationError()) }
        }
    }

    /// Does something later, which must not wait for anything.
    package func after(_ nanoseconds: UInt64, _ action: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.alarmCount += 1
            state.alarms[state.alarmCount] = .call(action)
            state.agenda.add(at: state.now + nanoseconds, state.alarmCount)
        }
    }

    // MARK: Time

    private enum Piece {
        case job(Job)
        case alarm(Alarm)
        case nothing
    }

    /// Lets time pass.
    package func run(for duration: UInt64) {
        let end = now + duration
        while let piece = next(until: end) {
            switch piece {
            case .job(let job): job.job.runSynchronously(on: job.process.asUnownedTaskExecutor())
            case .alarm(.resume(let continuation)): continuation.resume()
            case .alarm(.call(let action)): action()
            case .nothing: break
            }
        }
        state.withLock { $0.now = max($0.now, end) }
    }

    private func next(until end: UInt64) -> Piece? {
        state.withLock { state in
            if let due = state.agenda.popFirst(through: state.now) {
                return state.alarms.removeValue(forKey: due.action).map { .alarm($0) } ?? Piece.nothing
            }
            let now = state.now
            var ready: [Int] = []
            for (place, job) in state.jobs.enumerated() where ready.count < Self.choice {
                if job.process.isAwake(at: now) { ready.append(place) }
            }
            if let place = state.random.pick(ready) {
                state.now += state.random.time(below: Self.longestPiece)
                return .job(state.jobs.remove(at: place))
            }
            let wake = state.jobs.map { $0.process.pausedUntil }.min() ?? .max
            if let next = state.agenda.popFirst(through: min(end, wake)) {
                state.now = max(state.now, next.time)
                return state.alarms.removeValue(forKey: next.action).map { .alarm($0) } ?? Piece.nothing
            }
            guard wake <= end else { return nil }
            state.now = max(state.now, wake)
            return Piece.nothing
        }
    }
}

/// Where the tasks of one simulated process run.
package final class SimulatedProcess: TaskExecutor {
    private let scheduler: SimulatedScheduler
    private let sleepsUntil = Atomic<UInt64>(0)
    private let lives = Atomic<Bool>(true)

    package init(_ scheduler: SimulatedScheduler) { self.scheduler = scheduler }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        scheduler.add(job, of: self)
    }

    /// Until when it does nothing.
    var pausedUntil: UInt64 { sleepsUntil.load(ordering: .relaxed) }

    func isAwake(at now: UInt64) -> Bool { pausedUntil <= now }

    /// The process does nothing for a while; whatever it waits for waits too.
    package func pause(for duration: UInt64) {
        sleepsUntil.store(scheduler.now + duration, ordering: .relaxed)
    }

    /// Whether it was not killed. What a killed one does still has no effect.
    package var isAlive: Bool { lives.load(ordering: .relaxed) }

    package func kill() { lives.store(false, ordering: .relaxed) }
}
