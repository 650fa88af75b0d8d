import Synchronization
import WeirLeases
import WeirRuntime

/// Keeps the checkpoint of a shard behind what is done, when checkpoints are automatic.
final class CheckpointKeeper: Sendable {
    private struct State {
        /// The last record that needs no more processing, nor does any before it.
        var done: LeaseCheckpoint
        var saved: LeaseCheckpoint
        var savedAt: UInt64
        var isSaving = false
        /// Whether somebody asked for a checkpoint while one was made.
        var isWantedAgain = false
    }

    private let checkpointer: Checkpointer
    private let environment: WorkerEnvironment
    private let state: Mutex<State>

    init(checkpoint: LeaseCheckpoint, checkpointer: Checkpointer, environment: WorkerEnvironment) {
        self.checkpointer = checkpointer
        self.environment = environment
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
