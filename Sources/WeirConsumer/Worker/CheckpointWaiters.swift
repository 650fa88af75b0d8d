import Synchronization
import WeirLeases

/// The consumers that wait for their checkpoints to become durable.
final class CheckpointWaiters: Sendable {
    private struct Waiter {
        let checkpoint: LeaseCheckpoint
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var isClosed = false
        var waiters: [String: [Waiter]] = [:]
    }

    private let state = Mutex(State())

    /// Waits until a shard's checkpoint is at least there, after `request` asked for it. False when it cannot be.
    func wait(_ key: String, _ checkpoint: LeaseCheckpoint, _ request: () -> Void) async -> Bool {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed {
                    state.waiters[key, default: []].append(Waiter(checkpoint: checkpoint, continuation: continuation))
                }
                return state.isClosed
            }
            if isClosed { continuation.resume(returning: false) } else { request() }
        }
    }

    /// A shard's checkpoint is at least there now.
    func succeed(_ key: String, upTo checkpoint: LeaseCheckpoint) {
        let ready = state.withLock { state in
            let waiters = state.waiters[key] ?? []
            state.waiters[key] = waiters.filter { $0.checkpoint > checkpoint }
            return waiters.filter { $0.checkpoint <= checkpoint }
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
