import Logging
import Synchronization
import WeirLog
import WeirModel

extension EmbeddedStreamStore {
    public func deleteStream(name: String, deletingConsumers: Bool) async throws(ServiceError) {
        let live = try live(name)
        try await lifetime.change { [self] () async throws(ServiceError) in
            let isOver = try await live.changes.withGate { () async throws(ServiceError) in
                try live.refuse([.creating, .updating, .deleting])
                guard live.queues.count == 0 else { throw QueueErrors.streamHasQueues(name, "DeleteStream") }
                guard deletingConsumers || live.description.consumers.isEmpty else {
                    throw errors.streamHasConsumers(name)
                }
                // From here on, a start of the process finds no such stream.
                try await catalogue.deleteStream(id: live.id)
                guard let end = live.transitionEnd else {
                    forget(live)
                    return true
                }
                live.withMachine { $0.enter(.deleting, until: end) }
                registry.withLock { $0.willRemove(live) }
                return false
            }
            if isOver { await discard(live.log, id: live.id) }
        }
        logger.info("stream deleted", metadata: ["stream.name": "\(name)", "stream.id": "\(live.id)"])
    }

    public func removeStream(name: String) async throws(ServiceError) {
        let live = try live(name)
        try await lifetime.change { [self] () async throws(ServiceError) in
            let isOurs = try await live.changes.withGate { () async throws(ServiceError) in
                try await catalogue.deleteStream(id: live.id)
                return forget(live)
            }
            await queueRemoval.withLock { $0 }?(live.id)
            if isOurs { await discard(live.log, id: live.id) }
        }
        logger.info("stream removed", metadata: ["stream.name": "\(name)", "stream.id": "\(live.id)"])
    }

    /// Whether a stream that is still listed was being deleted, and the time for it is over.
    func isGone(_ live: LiveStream) -> Bool { transitionTime > 0 && live.withMachine { $0.isDeleted } }

    /// Takes the streams off the list whose time of being deleted is over, and removes their folders.
    func removeGoneStreams() async throws(ServiceError) {
        guard transitionTime > 0 else { return }
        for live in registry.withLock({ $0.leaving }) where isGone(live) {
            try await lifetime.change { [self] () async throws(ServiceError) in
                let isOurs = await live.changes.withGate { forget(live) }
                if isOurs { await discard(live.log, id: live.id) }
            }
        }
    }

    /// Lets nobody find a stream any more. Returns whether this call did it.
    @discardableResult
    private func forget(_ live: LiveStream) -> Bool {
        let isOurs = registry.withLock { $0.remove(live) }
        live.withMachine { $0.delete() }
        live.watch.signalAll()
        return isOurs
    }

    /// Closes a log that no row names any more and removes its folder. A folder that stays is removed at the next start.
    func discard(_ log: Log, id: Int64) async {
        await log.close()
        do {
            try await logs.remove(stream: id)
        } catch {
            logger.warning(
                "the folder of a deleted stream could not be removed",
                metadata: ["stream.id": "\(id)", "error.message": "\(error)"]
            )
        }
    }
}
