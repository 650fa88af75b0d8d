import NIOCore
import Synchronization
import WeirLog
import WeirModel
import WeirRuntime

/// An open stream: its log, and the state machine that says what may happen to it.
final class LiveStream: Sendable {
    private struct State {
        var machine: StreamStateMachine
        /// Appends that wait for a reshard to end.
        var waitingAppends: [CheckedContinuation<Void, Never>] = []
        /// The reshard that waits for the appends before it to end.
        var drained: CheckedContinuation<Void, Never>?
        /// What was written since the load was last looked at, where the stream is on demand.
        var loads: [ShardID: ShardLoad] = [:]
        var scaling = OnDemandScalingStateMachine()
    }

    /// The ID of the stream: unique for ever.
    let id: Int64
    /// The name of the stream.
    let name: String
    /// When it was made, in milliseconds since 1970: the first part of its sequence numbers.
    let epoch: Int64
    /// The records.
    let log: Log
    /// The keys of encrypted records.
    let vault: StreamVault
    /// Whoever changes the stream holds it: reshard, retention, deletion.
    let changes = AsyncGate()
    /// Where readers wait for records.
    let watch = ShardWatch()
    /// The queues on the stream.
    let queues = StreamQueues()

    /// The errors that callers get.
    let errors: StreamErrors
    /// Where records are told that cannot be read.
    let damagedRecords: DamagedRecords

    /// Nanoseconds that the stream and its consumers stay in a state; 0 when no state lasts.
    let transitionTime: UInt64

    private let time: any TimeSource
    private let state: Mutex<State>

    /// A stream with its open log.
    init(
        _ stream: CataloguedStream,
        log: Log,
        vault: StreamVault,
        errors: StreamErrors,
        damagedRecords: DamagedRecords,
        time: any TimeSource,
        transitionTime: UInt64 = 0
    ) {
        let description = stream.description
        let newest = description.shards.compactMap { log.newestTimestamp(lane: $0.id.number) }.max()
        let machine = StreamStateMachine(
            description,
            agedOutBefore: stream.agedOutBefore,
            recentChanges: stream.recentChanges,
            lastArrival: Timestamp(millisecondsSinceEpoch: newest ?? 0)
        )
        id = description.id
        name = description.name
        epoch = description.createdAt.millisecondsSinceEpoch
        self.log = log
        self.vault = vault
        self.errors = errors
        self.damagedRecords = damagedRecords
        self.time = time
        self.transitionTime = transitionTime
        state = Mutex(State(machine: machine))
    }

    /// A snapshot of the stream.
    var description: StreamDescription { withMachine { $0.description } }

    /// The stream as its readers see it.
    var visibleDescription: StreamDescription {
        var description = withMachine { $0.visibleDescription }
        description.queueCount = queues.count
        return description
    }

    /// The wall clock.
    var now: Timestamp { Timestamp(millisecondsSinceEpoch: time.wallMilliseconds) }

    /// Asks or changes the state. `loads` is what is about to be written, where that is counted.
    func withMachine<Result: Sendable>(
        counting loads: [ShardID: ShardLoad] = [:],
        _ body: (inout StreamStateMachine) -> sending Result
    ) -> Result {
        state.withLock { state in
            for (shard, load) in loads { state.loads[shard, default: ShardLoad()] += load }
            if state.machine.transitions.nextEnd != nil { _ = state.machine.settle(at: time.monotonicNanoseconds) }
            return body(&state.machine)
        }
    }

    /// When a state ends that begins now; nil when no state lasts.
    var transitionEnd: UInt64? { transitionTime > 0 ? time.monotonicNanoseconds + transitionTime : nil }

    /// Throws `resourceNotFound` when the stream is gone, `resourceInUse` when it is in one of these states for a while.
    func refuse(_ states: Set<TransitionStateMachine.State>) throws(ServiceError) {
        let (isDeleted, status, state) = withMachine { ($0.isDeleted, $0.description.status, $0.lastingState) }
        guard !isDeleted else { throw errors.streamNotFound(name) }
        guard let state, states.contains(state) else { return }
        throw states.contains(.updating)
            ? errors.streamNotActive(name, status: status) : errors.streamNotActiveOrUpdating(name, status: status)
    }

    /// The stream and its changes of the last day, when it may be changed now. Throws `resourceInUse` when it is in a
    /// state that forbids it.
    func activeStream() throws(ServiceError) -> (StreamDescription, RecentChanges) {
        let (stream, recent, isDeleted) = withMachine { ($0.description, $0.recentChanges, $0.isDeleted) }
        guard !isDeleted else { throw errors.streamNotFound(name) }
        guard stream.status == .active else { throw errors.streamNotActive(name, status: stream.status) }
        return (stream, recent)
    }

    /// The error for what the log threw.
    func serviceError(_ error: LogError) -> ServiceError {
        if withMachine({ $0.isDeleted }) { return errors.streamNotFound(name) }
        return ServiceError(log: error, stream: name)
    }

    // MARK: Append

    /// Appends the records whose shards are open, after any reshard that is under way. `isMetered` counts them for the load of
    /// their shards.
    func append(_ records: [NewRecord], isMetered: Bool = false) async throws(ServiceError) -> [AppendResult] {
        var loads = isMetered ? ShardLoad.loads(of: records) : [:]
        while true {
            let now = now
            let action = withMachine(counting: loads) { machine in
                // By index, so that no record is copied for its shard.
                machine.beginAppend(records.indices.lazy.map { records[$0].shard }, at: now)
            }
            loads = [:]
            switch action {
            case .append(let ticket):
                defer { endAppend(ticket) }
                return try await append(records, ticket)
            case .wait: await reshardEnds()
            case .streamDeleted: throw errors.streamNotFound(name)
            }
        }
    }

    private func append(
        _ records: [NewRecord],
        _ ticket: StreamStateMachine.AppendTicket
    ) async throws(ServiceError) -> [AppendResult] {
        guard let positions = ticket.accepted else { return try await append(records, arrivedAt: ticket.arrival) }
        let appended = try await append(positions.map { records[$0] }, arrivedAt: ticket.arrival)
        var results = [AppendResult](repeating: .shardClosed, count: records.count)
        for (position, result) in zip(positions, appended) { results[position] = result }
        return results
    }

    /// Appends records whose shards are open.
    private func append(
        _ records: [NewRecord],
        arrivedAt arrival: Timestamp
    ) async throws(ServiceError) -> [AppendResult] {
        if records.isEmpty { return [] }
        let (entries, prefixes) = try await entries(of: records, at: arrival.millisecondsSinceEpoch)
        let first: UInt64
        do throws(LogError) {
            first = try await log.append(entries, prefixes: prefixes)
        } catch {
            throw serviceError(error)
        }
        watch.signal(records.indices.lazy.map { records[$0].shard })
        queues.signal(records.indices.lazy.map { records[$0].shard })
        return records.indices.map { index in
            .appended(
                SequenceNumber(streamEpoch: epoch, shard: records[index].shard.number, index: first + UInt64(index))
            )
        }
    }

    /// Records as the log takes them, encrypted where the stream's are, and what their payloads begin with.
    private func entries(
        of records: [NewRecord],
        at timestamp: Int64
    ) async throws(ServiceError) -> (entries: [NewLogEntry], prefixes: ByteBuffer) {
        guard let keyID = withMachine({ $0.description.settings.encryptionKeyID }) else {
            // The data stays where it is until the log copies it into its frames.
            return (plainEntries(of: records, at: timestamp), RecordPayload.prefixes(of: records))
        }
        do throws(ServiceError) {
            let payloads = try await vault.seal(records, keyID: keyID)
            let entries = records.indices.map { index in
                NewLogEntry(lane: records[index].shard.number, timestamp: timestamp, payload: payloads[index])
            }
            return (entries, ByteBuffer())
        } catch {
            // The deletion of a stream is durable before it is told here.
            throw error.code == .resourceNotFound ? errors.streamNotFound(name) : error
        }
    }

    private func plainEntries(of records: [NewRecord], at timestamp: Int64) -> [NewLogEntry] {
        let records = records.span
        var entries: [NewLogEntry] = []
        entries.reserveCapacity(records.count)
        for index in records.indices {
            entries.append(
                NewLogEntry(
                    lane: records[index].shard.number,
                    timestamp: timestamp,
                    prefixSize: RecordPayload.prefixSize(of: records[index]),
                    payload: records[index].data
                )
            )
        }
        return entries
    }

    private func endAppend(_ ticket: StreamStateMachine.AppendTicket) {
        let drained = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.machine.endAppend(ticket) else { return nil }
            return state.drained.take()
        }
        drained?.resume()
    }

    /// What the load of a stream on demand asks for, when it is time to look at it. `room` is how many shards more there may
    /// be.
    func scalingDecision(room: Int) -> OnDemandScalingStateMachine.Decision {
        let now = time.monotonicNanoseconds
        return state.withLock { state in
            let stream = state.machine.description
            guard stream.settings.mode == .onDemand, stream.status == .active, !state.machine.isDeleted,
                !state.machine.isResharding, state.scaling.isDue(at: now)
            else { return .keep }
            defer { state.loads = [:] }
            return state.scaling.sample(
                stream.openShardsByHashKey,
                loads: state.loads,
                ready: stream.settings.warmThroughputMiBps,
                room: room,
                at: now
            )
        }
    }

    /// How many shards the load of a stream on demand asks for: see ``OnDemandScalingStateMachine/neededShardCount``.
    var neededShardCount: Int { state.withLock { $0.scaling.neededShardCount } }

    /// The stream has another capacity mode: what is known of its load is from a time that does not count.
    func forgetLoad() {
        state.withLock { state in
            state.loads = [:]
            state.scaling = OnDemandScalingStateMachine()
        }
    }

    /// How many appends wait for a reshard.
    var waitingAppendCount: Int { state.withLock { $0.waitingAppends.count } }

    private func reshardEnds() async {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                // It may have ended since the append was told to wait.
                guard state.machine.isClosingShards else { return false }
                state.waitingAppends.append(continuation)
                return true
            }
            if !waits { continuation.resume() }
        }
    }

    // MARK: Reshard

    /// Plans a reshard and begins it, and tells how many open shards there are. Then either
    /// ``finishReshard(_:isSilent:)`` or ``abandonReshard()`` must follow. One that `isSilent` leaves the status as it is.
    func beginReshard(
        isSilent: Bool = false,
        _ plan: (StreamDescription, RecentChanges) throws(ServiceError) -> ReshardPlan
    ) throws(ServiceError) -> (plan: ReshardPlan, openShardCount: Int) {
        let begun = withMachine { machine -> Result<(ReshardPlan, Int), ServiceError> in
            guard !machine.isDeleted else { return .failure(errors.streamNotFound(name)) }
            do throws(ServiceError) {
                // A stream that is not ready says so before anything is said of its shards.
                try machine.requireActive(errors: errors)
                let plan = try plan(machine.description, machine.recentChanges)
                try machine.beginReshard(isSilent: isSilent, errors: errors)
                return .success((plan, machine.description.openShardsByHashKey.count))
            } catch {
                return .failure(error)
            }
        }
        return try begun.get()
    }

    /// Keeps appends from the parents, and finds out where these end.
    func outcome(of plan: ReshardPlan) async throws(ServiceError) -> ReshardPlan.Outcome {
        try refuse([.deleting])
        await closeParents(of: plan)
        do throws(LogError) {
            let endingIndex = try await log.barrier()
            let now = now
            let (stream, closingTime) = withMachine { ($0.description, $0.closingTime(at: now)) }
            var outcome = plan.outcome(of: stream, endingIndex: endingIndex, at: closingTime)
            outcome.time = now
            return outcome
        } catch {
            throw serviceError(error)
        }
    }

    /// The outcome is durable. The stream stays in UPDATING for a while, where states last, unless the reshard `isSilent`.
    func finishReshard(_ outcome: ReshardPlan.Outcome, isSilent: Bool = false) {
        let end = isSilent ? nil : transitionEnd
        endReshard { machine in
            machine.finishReshard(outcome)
            if let end { machine.enter(.updating, until: end) }
        }
        watch.signal(outcome.closed.map(\.id))
        queues.signal((outcome.closed + outcome.opened).map(\.id))
    }

    /// The reshard failed: the parents are as before.
    func abandonReshard() { endReshard { $0.abandonReshard() } }

    /// Lets no append to the parents begin, and waits for those that began.
    private func closeParents(of plan: ReshardPlan) async {
        await withCheckedContinuation { continuation in
            let isDrained = state.withLock { state in
                guard !state.machine.closeParents(of: plan) else { return true }
                state.drained = continuation
                return false
            }
            if isDrained { continuation.resume() }
        }
    }

    private func endReshard(_ change: (inout StreamStateMachine) -> Void) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            change(&state.machine)
            defer { state.waitingAppends = [] }
            return state.waitingAppends
        }
        for append in waiting { append.resume() }
    }
}

extension ServiceError {
    /// What a caller is told when the log of a stream failed.
    init(log error: LogError, stream: String) {
        switch error.code {
        case .corrupt, .unsupportedFormat:
            self.init(.internalFailure, "The log of stream \(stream) is damaged: \(error.message)", cause: error)
        case .noSpace:
            self.init(.serviceUnavailable, "The disk of stream \(stream) is full.", cause: error)
        case .overloaded:
            self.init(.serviceUnavailable, "Too many appends to stream \(stream) are waiting.", cause: error)
        case .tooLarge:
            self.init(.invalidArgument, error.message, cause: error)
        case .closed:
            self.init(.serviceUnavailable, "The server is shutting down.", cause: error)
        default:
            self.init(
                .serviceUnavailable,
                "The log of stream \(stream) cannot be read or written: \(error.message)",
                cause: error
            )
        }
    }
}
