import Synchronization
import WeirModel

/// Lets readers wait for what happens to the shards of a stream.
typealias ShardWatch = ResourceWatch<ShardID>

/// Lets readers wait for what happens to resources of one kind: the shards of a stream, the tables of a store. The shell of
/// ``ResourceWatchStateMachine``.
final class ResourceWatch<Resource: Hashable & Sendable>: Sendable {
    private typealias Machine = ResourceWatchStateMachine<Resource>

    private struct State {
        var machine = Machine()
        var parked: [Machine.Watch: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())
    /// As `machine.count`, so that who has nobody to wake need not take the lock.
    private let count = Atomic(0)

    /// Waits until `isReady` is true or throws, or the task is cancelled. It is asked at first, and again whenever something
    /// happened to the resource.
    ///
    /// What happens must be visible to `isReady` before ``signal(_:)`` is called, and be made visible under a lock that
    /// `isReady` takes too: then either `isReady` sees it, or the signal sees the watch.
    func wait<Failure: Error>(
        for resource: Resource,
        until isReady: () throws(Failure) -> Bool
    ) async throws(Failure) {
        let watch = state.withLock { state in
            defer { count.store(state.machine.count, ordering: .sequentiallyConsistent) }
            return state.machine.begin(resource)
        }
        defer {
            state.withLock { state in
                state.machine.end(watch)
                count.store(state.machine.count, ordering: .sequentiallyConsistent)
            }
        }
        while try !isReady(), !Task.isCancelled { await park(watch) }
    }

    private func park(_ watch: Machine.Watch) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isParked = state.withLock { state in
                    guard state.machine.park(watch) else { return false }
                    state.parked[watch] = continuation
                    return true
                }
                if !isParked { continuation.resume() }
            }
        } onCancel: {
            let parked = state.withLock { state in
                state.machine.cancel(watch) ? state.parked.removeValue(forKey: watch) : nil
            }
            parked?.resume()
        }
    }

    /// Something happened to these resources.
    func signal(_ resources: some Sequence<Resource>) {
        guard count.load(ordering: .sequentiallyConsistent) > 0 else { return }
        wake { $0.signal(Set(resources)) }
    }

    /// Something happened to all resources.
    func signalAll() { wake { $0.signalAll() } }

    /// How many readers wait or are about to.
    var watchCount: Int { count.load(ordering: .sequentiallyConsistent) }

    private func wake(_ signal: (inout Machine) -> [Machine.Watch]) {
        let woken = state.withLock { state in
            signal(&state.machine).compactMap { state.parked.removeValue(forKey: $0) }
        }
        for reader in woken { reader.resume() }
    }
}
