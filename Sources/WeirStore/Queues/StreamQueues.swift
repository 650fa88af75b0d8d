import Synchronization
import WeirModel

/// The queues of a stream.
final class StreamQueues: Sendable {
    private let state = Mutex<[LiveQueue]>([])
    /// As many as there are, so that a stream without any need not take the lock.
    private let number = Atomic(0)

    /// How many there are.
    var count: Int { number.load(ordering: .sequentiallyConsistent) }

    /// All of them.
    var all: [LiveQueue] { state.withLock { $0 } }

    func add(_ queue: LiveQueue) {
        state.withLock { queues in
            queues.append(queue)
            number.add(1, ordering: .sequentiallyConsistent)
        }
    }

    func remove(_ queue: LiveQueue) {
        state.withLock { queues in
            guard let place = queues.firstIndex(where: { $0 === queue }) else { return }
            queues.remove(at: place)
            number.subtract(1, ordering: .sequentiallyConsistent)
        }
    }

    /// There is one more that delivers nothing, since its state is damaged.
    func addDamaged() { number.add(1, ordering: .sequentiallyConsistent) }

    /// There is one less of those.
    func removeDamaged() { number.subtract(1, ordering: .sequentiallyConsistent) }

    /// Records were appended to shards, or shards were opened or closed, and readers see it.
    func signal(_ shards: some Sequence<ShardID>) {
        guard count > 0 else { return }
        let shards = Set(shards)
        for queue in all { queue.signal(shards) }
    }
}
