import Logging
import Synchronization
import WeirLog
import WeirModel

extension EmbeddedQueueStore {
    public func createQueue(
        _ queue: NewQueue,
        maximumConsumerCount: Int
    ) async throws(ServiceError) -> QueueDescription {
        let stream = try streams.live(queue.stream)
        return try await changing { [self] () async throws(ServiceError) in
            forgetGoneQueues()
            try refuseTooManyTransitions()
            guard !descriptions.contains(where: { $0.name == queue.name }) else {
                throw QueueErrors.exists(queue.name)
            }
            // While no shard is opened or closed.
            return try await stream.changes.withGate { [self] () async throws(ServiceError) in
                try stream.refuse([.creating, .deleting])
                let description = stream.description
                guard streams.allowsQueuesOnProvisionedStreams || description.settings.mode == .onDemand else {
                    throw QueueErrors.onDemandOnly(stream.name)
                }
                guard description.consumers.count + stream.queues.count < maximumConsumerCount else {
                    throw QueueErrors.tooManyConsumers(stream.name, maximumCount: maximumConsumerCount)
                }
                return try await make(queue, on: stream)
            }
        }
    }

    private func refuseTooManyTransitions() throws(ServiceError) {
        let maximum = streams.maximumTransitionCount
        guard maximum < .max else { return }
        let count = all.count { live in
            guard let status = live.description?.status else { return false }
            return status == .creating || status == .deleting
        }
        guard count < maximum else { throw QueueErrors.tooManyTransitions(limit: maximum) }
    }

    /// The log comes before the row, as a stream's does.
    private func make(_ queue: NewQueue, on stream: LiveStream) async throws(ServiceError) -> QueueDescription {
        let now = stream.now
        let id = registry.withLock { registry in
            defer { registry.nextID += 1 }
            return registry.nextID
        }
        let horizon = stream.description.trimHorizon(at: now)
        let startsAt =
            switch queue.start {
            case .latest: now
            case .trimHorizon: max(horizon, stream.description.createdAt)
            case .atTimestamp(let time): max(time, horizon)
            }
        let description = QueueDescription(
            id: id,
            resourceID: Self.resourceID(),
            name: queue.name,
            createdAt: now,
            streamID: stream.id,
            streamName: stream.name,
            streamCreatedAt: stream.description.createdAt,
            start: queue.start,
            startsAt: startsAt,
            attributes: queue.attributes,
            tags: queue.tags
        )
        let machine = QueueStateMachine(
            unread: try await Self.unread(queue.start, stream),
            maximumReceiveCount: queue.attributes.maximumReceiveCount,
            at: now.millisecondsSinceEpoch
        )
        let journal = try await makeJournal(machine, id: id, stream: stream.name)
        do throws(ServiceError) {
            try await catalogue.insert(description)
        } catch {
            await discard(journal, id: id)
            throw error
        }
        let live = LiveQueue(description, source: stream, journal: journal, time: streams.time)
        if let end = stream.transitionEnd { live.enter(.creating, until: end) }
        stream.queues.add(live)
        let isEnding = registry.withLock { registry in
            registry.byResourceID[description.resourceID] = live
            return registry.isEnding
        }
        if isEnding { live.endWaits() }
        logger.info("queue created", metadata: ["queue.name": "\(queue.name)", "stream.name": "\(stream.name)"])
        return live.description ?? description
    }

    /// What of each shard is not delivered yet.
    static func unread(
        _ start: QueueStart,
        _ stream: LiveStream
    ) async throws(ServiceError) -> [UInt32: UnreadRanges] {
        let place: ShardStart =
            switch start {
            case .latest: .latest
            case .trimHorizon: .trimHorizon
            case .atTimestamp(let time): .atTimestamp(time)
            }
        var unread: [UInt32: UnreadRanges] = [:]
        for shard in stream.description.shards {
            unread[shard.id.number] = UnreadRanges(from: try await stream.position(place, shard: shard.id).index)
        }
        return unread
    }

    private func makeJournal(
        _ machine: QueueStateMachine,
        id: Int64,
        stream: String
    ) async throws(ServiceError) -> QueueJournal {
        let log: Log
        do {
            log = try await logs.open(queue: id)
        } catch let error as LogError {
            throw ServiceError(log: error, stream: stream)
        } catch {
            throw ServiceError(.serviceUnavailable, "The data folder cannot be written.", cause: error)
        }
        do throws(LogError) {
            return try await QueueJournal.make(
                log: log,
                machine: machine,
                snapshotInterval: QueueLogs.snapshotInterval,
                logger: logger
            )
        } catch {
            await log.close()
            await removeFolder(id)
            throw ServiceError(log: error, stream: stream)
        }
    }

    public func queue(_ resourceID: String) async throws(ServiceError) -> QueueDescription {
        if let damaged = registry.withLock({ $0.damaged[resourceID] }) { return damaged.description }
        guard let description = try live(resourceID).description else { throw QueueErrors.notFound(resourceID) }
        return description
    }

    public func queues(
        after name: String?,
        limit: Int,
        ofStream stream: String?
    ) async throws(ServiceError) -> [QueueDescription] {
        let rest = descriptions.filter { queue in
            (stream == nil || queue.streamName == stream)
                && (name.map { $0.utf8.lexicographicallyPrecedes(queue.name.utf8) } ?? true)
        }
        return Array(rest.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.prefix(max(0, limit)))
    }

    public func updateQueue(
        _ resourceID: String,
        to attributes: QueueAttributes
    ) async throws(ServiceError) -> QueueDescription {
        let live = try live(resourceID)
        return try await changing { [self] () async throws(ServiceError) in
            guard let before = live.description else { throw QueueErrors.notFound(resourceID) }
            guard before.status == .active else { throw QueueErrors.inUse(before) }
            guard before.attributes != attributes else { return before }
            try await catalogue.setAttributes(attributes, queue: live.id)
            live.withDescription { $0.attributes = attributes }
            let now = live.now
            let change = live.journal.begin { machine in
                let maximum = attributes.maximumReceiveCount
                return (machine.configure(maximumReceiveCount: maximum, at: now), .nothing, ())
            }
            try await live.finish(change)
            live.enter(.updating, until: streams.transitionEnd)
            live.bell(.records).ring()
            live.bell(.deadLetters).ring()
            return live.description ?? before
        }
    }

    public func deleteQueue(_ resourceID: String) async throws(ServiceError) {
        if registry.withLock({ $0.damaged[resourceID] != nil }) { return try await deleteDamaged(resourceID) }
        let live = try live(resourceID)
        try await changing { [self] () async throws(ServiceError) in
            guard live.description.map({ $0.status != .deleting }) ?? false else { return }
            // From here on, a start of the process finds no such queue.
            try await catalogue.deleteQueue(id: live.id)
            await remove(live, until: streams.transitionEnd)
        }
    }

    /// Takes a queue out of sight, at once or after a while, whose row is gone.
    private func remove(_ live: LiveQueue, until end: UInt64?) async {
        live.enter(.deleting, until: end ?? 0)
        live.endWaits()
        live.ahead.withLock { $0 = ReadAhead() }
        if let stream = live.source as? LiveStream { stream.queues.remove(live) }
        await discard(live.journal, id: live.id)
        if end == nil { registry.withLock { $0.byResourceID[live.resourceID] = nil } }
        logger.info("queue deleted", metadata: ["queue.id": "\(live.resourceID)"])
    }

    /// The streams of these IDs are gone, and with them the rows of their queues.
    func removeQueues(ofStream id: Int64) async {
        for live in all where live.description?.streamID == id { await remove(live, until: nil) }
        for queue in damaged where queue.description.streamID == id { await forget(queue) }
    }

    /// Forgets queues whose time of being deleted is over.
    private func forgetGoneQueues() {
        for live in all where live.description == nil {
            registry.withLock { $0.byResourceID[live.resourceID] = nil }
        }
    }

    public func changeTags(
        queue resourceID: String,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) {
        let live = try live(resourceID)
        try await changing { [self] () async throws(ServiceError) in
            let queue = try requireThere(live)
            let changed = queue.tags.filter { !keys.contains($0.key) }.merging(tags) { $1 }
            guard changed.count <= max(maximumCount, queue.tags.count) else {
                throw QueueErrors.tooManyTags(queue.name, maximumCount: maximumCount)
            }
            try await catalogue.setTags(changed, queue: live.id)
            live.withDescription { $0.tags = changed }
        }
    }

    public func policy(queue resourceID: String) async throws(ServiceError) -> String? {
        try requireThere(try live(resourceID)).policy
    }

    public func heldPolicy(queue resourceID: String) -> String? {
        let (queue, damaged) = registry.withLock { ($0.byResourceID[resourceID], $0.damaged[resourceID]) }
        return damaged?.description.policy ?? queue?.description?.policy
    }

    public func setPolicy(_ policy: String?, queue resourceID: String) async throws(ServiceError) -> Bool {
        let live = try live(resourceID)
        return try await changing { [self] () async throws(ServiceError) in
            let queue = try requireThere(live)
            try await catalogue.setPolicy(policy, queue: queue.id)
            live.withDescription { $0.policy = policy }
            return queue.policy != nil
        }
    }

    private func requireThere(_ live: LiveQueue) throws(ServiceError) -> QueueDescription {
        guard let queue = live.description, queue.status != .deleting else {
            throw QueueErrors.notFound(live.resourceID)
        }
        return queue
    }

    func changing<Result: Sendable>(
        _ body: @escaping @Sendable () async throws(ServiceError) -> Result
    ) async throws(ServiceError) -> Result {
        try await lifetime.change { [self] () async throws(ServiceError) in try await changes.withGate(body) }
    }

    private func discard(_ journal: QueueJournal, id: Int64) async {
        await journal.close()
        await removeFolder(id)
    }

    /// A folder that stays is removed at the next start.
    func removeFolder(_ id: Int64) async {
        do {
            try await logs.remove(queue: id)
        } catch {
            logger.warning(
                "the folder of a deleted queue could not be removed",
                metadata: ["queue.number": "\(id)", "error.message": "\(error)"]
            )
        }
    }

    /// Twenty random letters and digits.
    private static func resourceID() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<20).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }
}
