import Logging
import Synchronization
import WeirLog
import WeirModel
import WeirRuntime

/// Queues in a data folder: a log for each, and the catalogue. See ``DataFolder``.
public final class EmbeddedQueueStore: QueueStore {
    struct Registry {
        var nextID: Int64
        var byResourceID: [String: LiveQueue] = [:]
        /// Those whose state cannot be read.
        var damaged: [String: DamagedQueue] = [:]
        var isEnding = false
    }

    let streams: EmbeddedStreamStore
    let logs: QueueLogs
    /// Changes of the set of queues, one at a time.
    let changes = AsyncGate()
    let registry: Mutex<Registry>
    let logger: Logger

    var catalogue: Catalogue { streams.catalogue }
    var lifetime: Lifetime { streams.lifetime }

    private init(streams: EmbeddedStreamStore, logs: QueueLogs, nextID: Int64, logger: Logger) {
        self.streams = streams
        self.logs = logs
        self.logger = logger
        registry = Mutex(Registry(nextID: nextID))
    }

    /// Opens the log of every queue of the catalogue, and removes what was left of others.
    static func open(
        streams: EmbeddedStreamStore,
        directory: String,
        logger: Logger
    ) async throws -> EmbeddedQueueStore {
        let logs = QueueLogs(directory: directory, beside: streams.logs)
        let (queues, nextID) = try await streams.catalogue.queues()
        try await logs.removeOrphans(keeping: Set(queues.map(\.id)))
        let store = EmbeddedQueueStore(streams: streams, logs: logs, nextID: nextID, logger: logger)
        for queue in queues {
            guard let stream = streams.registry.withLock({ $0.stream(id: queue.streamID) }) else { continue }
            let journal: QueueJournal
            do {
                journal = try await openJournal(of: queue, on: stream, logs, logger)
            } catch let error as LogError where error.code == .corrupt {
                store.add(DamagedQueue(description: queue, stream: stream, message: error.message))
                continue
            } catch {
                await store.close()
                throw error
            }
            let live = LiveQueue(queue, source: stream, journal: journal, time: streams.time)
            // The catalogue may have been changed last before the process ended.
            let now = live.now
            _ = try await journal.perform { machine in
                let maximum = queue.attributes.maximumReceiveCount
                return (machine.configure(maximumReceiveCount: maximum, at: now), .nothing, ())
            }
            stream.queues.add(live)
            store.registry.withLock { $0.byResourceID[queue.resourceID] = live }
        }
        return store
    }

    /// All queues.
    var all: [LiveQueue] { registry.withLock { Array($0.byResourceID.values) } }

    public func endQueueWaits() {
        registry.withLock { $0.isEnding = true }
        for queue in all { queue.endWaits() }
    }

    /// Waits for what is being written; then nothing is any more.
    func close() async {
        endQueueWaits()
        for queue in all { await queue.journal.close() }
    }

    /// The open queue of that ID. One whose time of being deleted is over is gone.
    func live(_ resourceID: String) throws(ServiceError) -> LiveQueue {
        let (queue, damaged) = registry.withLock { ($0.byResourceID[resourceID], $0.damaged[resourceID]) }
        if let damaged { throw QueueErrors.damaged(damaged) }
        guard let queue, queue.delivery != nil else { throw QueueErrors.notFound(resourceID) }
        return queue
    }

    // MARK: Records

    public func receive(
        _ receive: QueueReceive,
        from resourceID: String
    ) async throws(ServiceError) -> [QueueDelivery] {
        try await live(resourceID).receive(receive)
    }

    public func acknowledge(
        _ receipts: [QueueReceipt],
        in resourceID: String
    ) async throws(ServiceError) -> [Bool] {
        try await change(resourceID) {
            $0.acknowledge(receipts, at: $1)
        } count: { counts, isDone in
            for (receipt, isDone) in zip(receipts, isDone) where isDone {
                if receipt.isDeadLetter { counts.acknowledgedDeadLetters += 1 } else { counts.acknowledged += 1 }
            }
        }
    }

    public func changeVisibility(
        _ changes: [(receipt: QueueReceipt, seconds: Int)],
        in resourceID: String
    ) async throws(ServiceError) -> [Bool] {
        let changes = changes.map { (receipt: $0.receipt, visibility: Int64($0.seconds) * 1000) }
        return try await change(resourceID) { $0.changeVisibility(changes, at: $1) }
    }

    public func restore(_ receipts: [QueueReceipt], in resourceID: String) async throws(ServiceError) -> [Bool] {
        try await change(resourceID) {
            $0.restore(receipts, at: $1)
        } count: { counts, isDone in
            counts.restored += UInt64(isDone.count { $0 })
        }
    }

    private func change(
        _ resourceID: String,
        _ body: (inout QueueStateMachine, _ now: Int64) -> (entry: QueueEntry?, undo: QueueUndo, isDone: [Bool]),
        count: (inout QueueFigures.Counts, _ isDone: [Bool]) -> Void = { _, _ in }
    ) async throws(ServiceError) -> [Bool] {
        let live = try live(resourceID)
        guard live.delivery?.status != .deleting else { throw QueueErrors.notFound(resourceID) }
        let now = live.now
        let change = live.journal.begin { machine in
            let (entry, undo, isDone) = body(&machine, now)
            return (entry, undo, isDone)
        }
        let isDone = try await live.finish(change)
        live.count { count(&$0, isDone) }
        // What was made visible may be waited for.
        live.attend()
        return isDone
    }
}
