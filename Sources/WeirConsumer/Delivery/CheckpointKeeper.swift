import Synchronization
import WeirLeases
import WeirRuntime

/// Keeps the checkpoint of a shard behind what is done, when checkpoints are automatic.
///
/// After many small fetches, as a service makes them that waits for records or pushes them, it makes few checkpoints: what would
/// follow the last one too soon is left to the task that runs ``saveWhatIsDue()``.
final class CheckpointKeeper: Sendable {
    private struct State {
        /// The last record that needs no more processing, nor does any before it.
        var done: LeaseCheckpoint
        var saved: LeaseCheckpoint
        var savedAt: UInt64
        /// When the last checkpoint was made; nil when none was.
        var madeAt: UInt64?
        var isSaving = false
        /// Whether somebody asked for a checkpoint while one was made.
        var isWantedAgain = false
    }

    private let checkpointer: Checkpointer
    private let environment: WorkerEnvironment
    private let state: Mutex<State>
    /// Tells that something is left for later.
    private let dues: AsyncStream<Void>
    private let due: AsyncStream<Void>.Continuation

    init(checkpoint: LeaseCheckpoint, checkpointer: Checkpointer, environment: WorkerEnvironment) {
        self.checkpointer = checkpointer
        self.environment = environment
        (dues, due) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let now = environment.time.monotonicNanoseconds
        state = Mutex(State(done: checkpoint, saved: checkpoint, savedAt: now))
    }

    /// This record and all before it are done.
    func advance(to record: ConsumerRecord) {
        state.withLock { $0.done = max($0.done, record.checkpoint) }
    }

    /// Checkpoints what is done, when the last checkpoint is older than the interval.
    func saveIfDue() async {
        guard case .automatic(let interval) = environment.configuration.checkpoints else { return }
        let age = environment.time.monotonicNanoseconds - state.withLock(\.savedAt)
        if age >= UInt64(nanosecondsOf: interval) { await save() }
    }

    /// Checkpoints what is done: now, or where the last checkpoint is younger than a pause between two fetches, after that pause.
    /// False when the lease was lost.
    func saveSoon() async -> Bool {
        guard pauseBeforeNext() == .zero else {
            due.yield()
            return true
        }
        return await save()
    }

    /// Makes the checkpoints that were left for later, until the task is cancelled.
    func saveWhatIsDue() async {
        for await _ in dues {
            guard (try? await environment.time.sleep(for: pauseBeforeNext())) != nil else { return }
            await save()
        }
    }

    private func pauseBeforeNext() -> Duration {
        guard case .automatic(let interval) = environment.configuration.checkpoints else { return .zero }
        guard let madeAt = state.withLock(\.madeAt) else { return .zero }
        let age = Duration.nanoseconds(environment.time.monotonicNanoseconds - madeAt)
        return max(.zero, min(interval, environment.configuration.idleInterval) - age)
    }

    /// Checkpoints what is done, or lets whoever does so now do it again. False when the lease was lost.
    @discardableResult
    func save() async -> Bool {
        guard case .automatic = environment.configuration.checkpoints else { return true }
        while let checkpoint = begin() {
            let isSaved = await checkpointer.checkpoint(checkpoint)
            let now = environment.time.monotonicNanoseconds
            let isWantedAgain = state.withLock { state in
                state.isSaving = false
                if isSaved {
                    state.saved = checkpoint
                    state.savedAt = now
                    state.madeAt = now
                }
                return state.isWantedAgain
            }
            guard isSaved else { return false }
            if !isWantedAgain { break }
        }
        return true
    }

    private func begin() -> LeaseCheckpoint? {
        state.withLock { state in
            state.isWantedAgain = state.isSaving
            guard !state.isSaving, state.done != state.saved else { return nil }
            state.isSaving = true
            return state.done
        }
    }
}
