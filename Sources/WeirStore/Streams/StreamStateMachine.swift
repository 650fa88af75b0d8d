import WeirModel

/// What a stream decides about appends, reads and its own changes: no I/O, the time passed in.
///
/// A reshard goes `beginReshard` → `closeParents` → (appends that began before have ended) → `finishReshard` or
/// `abandonReshard`. From `closeParents` on, appends that touch a parent wait; they learn the outcome when they begin again.
struct StreamStateMachine {
    /// What an append does.
    enum AppendAction: Equatable {
        /// Append, then report the end with ``StreamStateMachine/endAppend(_:)``.
        case append(AppendTicket)
        /// A shard that it needs is being closed: begin again when that is decided.
        case wait
        /// The stream is gone.
        case streamDeleted
    }

    /// An append that was let in.
    struct AppendTicket: Equatable {
        /// Counts the reshards before it.
        let generation: UInt64
        /// The arrival time of its records.
        let arrival: Timestamp
        /// The positions of the records whose shards are open; nil when all are.
        let accepted: [Int]?
    }

    /// What a shard looks like to a reader.
    enum ReadView: Equatable {
        /// The shard, and the time before which records are not given any more.
        case shard(ShardDescription, trimHorizon: Timestamp)
        /// It is closed and all its records have aged out.
        case agedOut
        /// There never was such a shard.
        case unknown
        /// The stream is gone.
        case streamDeleted
    }

    /// The stream, as others see it.
    var description: StreamDescription
    /// Whether the stream was deleted.
    private(set) var isDeleted = false
    /// Whether a reshard is under way.
    private(set) var isResharding = false
    /// Whether the status of the stream tells of it.
    private(set) var isReshardingInSight = false

    /// The changes that count for the daily limits.
    private(set) var recentChanges: RecentChanges

    /// What is in a state that lasts for a while.
    var transitions = TransitionStateMachine()

    private var lastArrival: Timestamp
    private var closing: Set<ShardID> = []
    private var generation: UInt64 = 0
    private var appendsOfThisGeneration = 0
    private var appendsOfEarlierGenerations = 0
    /// When the consumers were registered that are not any more, by name; only those of the last moments.
    private var deregistered: [String: Timestamp] = [:]

    /// A stream whose newest record arrived at `lastArrival`.
    init(
        _ description: StreamDescription,
        agedOutBefore: Timestamp,
        recentChanges: RecentChanges = RecentChanges(),
        lastArrival: Timestamp
    ) {
        self.recentChanges = recentChanges
        self.description = description
        self.description.agedOutBefore = agedOutBefore
        self.lastArrival = lastArrival
    }

    // MARK: Appends

    /// An append to these shards begins.
    mutating func beginAppend(_ shards: some Collection<ShardID>, at now: Timestamp) -> AppendAction {
        guard !isDeleted else { return .streamDeleted }
        var accepted: [Int]?
        for (position, shard) in shards.enumerated() {
            if !closing.isEmpty, closing.contains(shard) { return .wait }
            if description.isOpen(shard) {
                accepted?.append(position)
            } else {
                accepted = accepted ?? Array(0..<position)
            }
        }
        lastArrival = max(lastArrival, now)
        appendsOfThisGeneration += 1
        return .append(AppendTicket(generation: generation, arrival: lastArrival, accepted: accepted))
    }

    /// An append ended, well or not. Returns whether it was the last that a reshard waited for.
    mutating func endAppend(_ ticket: AppendTicket) -> Bool {
        if ticket.generation == generation {
            appendsOfThisGeneration -= 1
            return false
        }
        appendsOfEarlierGenerations -= 1
        return appendsOfEarlierGenerations == 0
    }

    // MARK: Reshards

    /// Throws `resourceInUse` when the stream is in another state.
    func requireActive(errors: StreamErrors) throws(ServiceError) {
        guard description.status == .active else {
            throw errors.streamNotActive(description.name, status: description.status)
        }
    }

    /// A reshard wants to begin; the stream stays active if it `isSilent`. Throws when one is under way, whatever the status
    /// says, or the stream is not active.
    mutating func beginReshard(isSilent: Bool = false, errors: StreamErrors) throws(ServiceError) {
        try requireActive(errors: errors)
        guard !isResharding else { throw errors.streamNotActive(description.name, status: .updating) }
        isResharding = true
        isReshardingInSight = !isSilent
        if !isSilent { description.status = .updating }
    }

    /// From now on, new appends to the parents wait. Returns whether no append that began before is still under way.
    mutating func closeParents(of plan: ReshardPlan) -> Bool {
        closing = Set(plan.parents)
        generation += 1
        appendsOfEarlierGenerations = appendsOfThisGeneration
        appendsOfThisGeneration = 0
        return appendsOfEarlierGenerations == 0
    }

    /// The time that shards which are closed now are said to be closed at: none of their records arrived after it, whatever
    /// became of the clock, or they would be dropped before they are aged out.
    func closingTime(at now: Timestamp) -> Timestamp {
        description.shards.compactMap(\.closedAt).reduce(max(now, lastArrival)) { max($0, $1) }
    }

    /// The reshard is durable.
    mutating func finishReshard(_ outcome: ReshardPlan.Outcome) {
        let closed = Dictionary(outcome.closed.map { ($0.id, $0) }) { $1 }
        endReshard(shards: description.shards.map { closed[$0.id] ?? $0 } + outcome.opened)
        if let kind = outcome.kind { recentChanges.add(kind, at: outcome.time) }
    }

    /// The reshard failed: the parents are open again.
    mutating func abandonReshard() { endReshard(shards: description.shards) }

    private mutating func endReshard(shards: [ShardDescription]) {
        closing = []
        isResharding = false
        isReshardingInSight = false
        // It may have been deleted meanwhile, and still be in sight.
        description = description.with(status: lastingState?.streamStatus ?? .active, shards: shards)
    }

    /// Whether an append that was told to wait still has to.
    var isClosingShards: Bool { !closing.isEmpty }

    // MARK: Readers

    /// What a reader finds.
    func readView(_ id: ShardID, at now: Timestamp) -> ReadView {
        guard !isDeleted else { return .streamDeleted }
        guard let shard = description.shard(id) else {
            let greatest = description.shards.last?.id
            return greatest.map { id < $0 } == true ? .agedOut : .unknown
        }
        return .shard(shard, trimHorizon: trimHorizon(at: now))
    }

    /// Records that arrived before this time are not given any more.
    func trimHorizon(at now: Timestamp) -> Timestamp {
        description.trimHorizon(at: now)
    }

    // MARK: Retention

    /// What ``agedOutBefore`` becomes when the retention changes now: what is aged out under the old or under the new
    /// retention is gone for good.
    func agedOutBefore(settingRetention hours: Int, at now: Timestamp) -> Timestamp {
        max(trimHorizon(at: now), now.subtracting(hours: hours))
    }

    /// The retention was changed.
    mutating func setRetention(hours: Int, agedOutBefore: Timestamp) {
        description.retentionHours = hours
        description.agedOutBefore = agedOutBefore
    }

    /// The tags are durable.
    mutating func setTags(_ tags: [String: String]) { description.tags = tags }

    /// The settings are durable.
    mutating func setSettings(_ settings: StreamSettings, counting kind: RecentChanges.Kind?, at now: Timestamp) {
        description.settings = settings
        if let kind { recentChanges.add(kind, at: now) }
    }

    /// The closed shards none of whose records is given any more.
    func agedOutShards(at now: Timestamp) -> [ShardID] {
        let horizon = trimHorizon(at: now)
        return description.shards.compactMap { shard in
            guard let closedAt = shard.closedAt, closedAt < horizon else { return nil }
            return shard.id
        }
    }

    /// Those shards are not listed any more.
    mutating func drop(_ ids: [ShardID]) {
        let gone = Set(ids)
        description = description.with(
            status: description.status,
            shards: description.shards.filter { !gone.contains($0.id) }
        )
    }

    // MARK: Consumers

    /// When a consumer that is registered now is said to be made: in the second of now, unless one of its name was made in
    /// that second before. ARNs carry the second, and no two consumers may share one.
    func creationTime(ofConsumer name: String, at now: Timestamp) -> Timestamp {
        let second = now.millisecondsSinceEpoch / 1000 * 1000
        guard let last = deregistered[name]?.millisecondsSinceEpoch else {
            return Timestamp(millisecondsSinceEpoch: second)
        }
        return Timestamp(millisecondsSinceEpoch: max(second, last + 1000))
    }

    /// The registration is durable.
    mutating func register(_ consumer: ConsumerDescription) {
        let place = description.consumers.firstIndex { consumer.name < $0.name }
        description.consumers.insert(consumer, at: place ?? description.consumers.endIndex)
    }

    /// The deregistration is durable; the consumer stays in sight, as one that is being deleted, where `end` is not nil.
    mutating func deregister(_ name: String, at now: Timestamp, until end: UInt64? = nil) {
        guard let place = description.consumers.firstIndex(where: { $0.name == name }) else { return }
        // What was made more than a second ago cannot be taken for what is made from now on.
        deregistered = deregistered.filter { $0.value.millisecondsSinceEpoch > now.millisecondsSinceEpoch - 1000 }
        let consumer = description.consumers[place]
        deregistered[name] = consumer.createdAt
        if let end {
            enter(.deleting, consumer.id, until: end)
        } else {
            description.consumers.remove(at: place)
            transitions.forget(.consumer(consumer.id))
        }
    }

    /// The tags of a consumer are durable.
    mutating func setTags(_ tags: [String: String], consumer name: String) {
        guard let place = description.consumers.firstIndex(where: { $0.name == name }) else { return }
        description.consumers[place].tags = tags
    }

    /// The stream is gone.
    mutating func delete() { isDeleted = true }
}

extension StreamDescription {
    /// The same stream in another state and with other shards.
    func with(status: StreamStatus, shards: [ShardDescription]) -> StreamDescription {
        var changed = StreamDescription(
            name: name,
            id: id,
            createdAt: createdAt,
            status: status,
            retentionHours: retentionHours,
            agedOutBefore: agedOutBefore,
            shards: shards,
            tags: tags,
            settings: settings
        )
        changed.consumers = consumers
        return changed
    }
}

extension Timestamp {
    /// A time that many hours before this one.
    func subtracting(hours: Int) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch - Int64(hours) * 3_600_000)
    }
}
