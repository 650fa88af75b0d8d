import Synchronization
import WeirLeases

/// The consumers that wait for their checkpoints, or for what they prepare, to become durable.
final class CheckpointWaiters: Sendable {
    /// What is waited for.
    enum Goal {
        /// The checkpoint is at least there.
        case checkpoint(LeaseCheckpoint)
        /// It is prepared, or passed.
        case preparation(PendingCheckpoint)
    }

    private struct Waiter {
        let goal: Goal
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var isClosed = false
        var waiters: [String: [Waiter]] = [:]
    }

    private let state = Mutex(State())

    /// Waits until a shard has come to a goal, after `request` asked for it. False when it cannot.
    func wait(_ key: String, _ goal: Goal, _ request: () -> Void) async -> Bool {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed {
                    state.waiters[key, default: []].append(Waiter(goal: goal, continuation: continuation))
                }
                return state.isClosed
            }
            if isClosed { continuation.resume(returning: false) } else { request() }
        }
    }

    /// A shard's checkpoint is at least there now.
    func succeed(_ key: String, upTo checkpoint: LeaseCheckpoint) {
        succeed(key) { goal in
            switch goal {
            case .checkpoint(let wanted): wanted <= checkpoint
            case .preparation(let wanted): wanted.checkpoint <= checkpoint
            }
        }
    }

    /// This is prepared now.
    func succeed(_ key: String, prepared pending: PendingCheckpoint) {
        succeed(key) { goal in
            if case .preparation(pending) = goal { true } else { false }
        }
    }

    private func succeed(_ key: String, _ isReached: (Goal) -> Bool) {
        let ready = state.withLock { state in
            let waiters = state.waiters[key] ?? []
            state.waiters[key] = waiters.filter { !isReached($0.goal) }
            return waiters.filter { isReached($0.goal) }
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }

    /// A shard's checkpoint cannot be moved any more.
    func refuse(_ key: String) {
        let refused = state.withLock { $0.waiters.removeValue(forKey: key) ?? [] }
        for waiter in refused { waiter.continuation.resume(returning: false) }
    }

    /// No checkpoint can be moved any more.
    func close() {
        let refused = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return state.waiters.values.flatMap { $0 }
        }
        for waiter in refused { waiter.continuation.resume(returning: false) }
    }
}
