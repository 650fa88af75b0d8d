import Logging
import Synchronization
import WeirLog
import WeirModel

/// A queue whose state cannot be read. It delivers nothing, and can be seen and deleted; all else goes on.
struct DamagedQueue: Sendable {
    var description: QueueDescription
    /// The stream on which it is.
    var stream: LiveStream
    /// What is damaged, and where, for the operator.
    var message: String
}

extension EmbeddedQueueStore {
    /// Those whose state cannot be read.
    var damaged: [DamagedQueue] { registry.withLock { Array($0.damaged.values) } }

    /// All queues that can be seen.
    var descriptions: [QueueDescription] { all.compactMap(\.description) + damaged.map(\.description) }

    /// Takes in one of them, and tells the operator.
    func add(_ queue: DamagedQueue) {
        queue.stream.queues.addDamaged()
        registry.withLock { $0.damaged[queue.description.resourceID] = queue }
        logger.error(
            "the state of a queue is damaged: it delivers no records",
            metadata: [
                "queue.name": "\(queue.description.name)", "stream.name": "\(queue.stream.name)",
                "error.message": "\(queue.message)",
            ]
        )
    }

    /// Deletes one of them.
    func deleteDamaged(_ resourceID: String) async throws(ServiceError) {
        try await changing { [self] () async throws(ServiceError) in
            guard let queue = registry.withLock({ $0.damaged[resourceID] }) else { return }
            try await catalogue.deleteQueue(id: queue.description.id)
            await forget(queue)
        }
    }

    /// Forgets one of them, whose row is gone.
    func forget(_ queue: DamagedQueue) async {
        registry.withLock { $0.damaged[queue.description.resourceID] = nil }
        queue.stream.queues.removeDamaged()
        await removeFolder(queue.description.id)
        logger.info("queue deleted", metadata: ["queue.id": "\(queue.description.resourceID)"])
    }
}
