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

    /// The errors that callers get.
    let errors: StreamErrors

    private let time: any TimeSource
    private let state: Mutex<State>

    /// A stream with its open log.
    init(
        _ stream: CataloguedStream,
        log: Log,
        vault: StreamVault,
        errors: StreamErrors,
        time: any TimeSource
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
        self.time = time
        state = Mutex(State(machine: machine))
    }

    /// A snapshot of the stream.
    var description: StreamDescription { withMachine { $0.description } }

    /// The wall clock.
    var now: Timestamp { Timestamp(millisecondsSinceEpoch: time.wallMilliseconds) }

    /// Asks or changes the state.
    func withMachine<Result: Sendable>(_ body: (inout StreamStateMachine) -> sending Result) -> Result {
        state.withLock { body(&$0.machine) }
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

    /// Appends the records whose shards are open, after any reshard that is under way.
    func append(_ records: [NewRecord]) async throws(ServiceError) -> [AppendResult] {
        while true {
            let action = withMachine { $0.beginAppend(records.lazy.map(\.shard), at: now) }
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
        let positions = ticket.accepted ?? Array(records.indices)
        var results = [AppendResult](repeating: .shardClosed, count: records.count)
        guard !positions.isEmpty else { return results }

        let payloads = try await payloads(of: records, at: positions)
        let timestamp = ticket.arrival.millisecondsSinceEpoch
        let entries = zip(positions, payloads).map { position, payload in
            NewLogEntry(lane: records[position].shard.number, timestamp: timestamp, payload: payload)
        }
        var index: UInt64
        do throws(LogError) {
            index = try await log.append(entries)
        } catch {
            throw serviceError(error)
        }
        for position in positions {
            let shard = records[position].shard.number
            results[position] = .appended(SequenceNumber(streamEpoch: epoch, shard: shard, index: index))
            index += 1
        }
        watch.signal(positions.lazy.map { records[$0].shard })
        return results
    }

    /// The payloads of some records, encrypted where the stream's are.
    private func payloads(of records: [NewRecord], at positions: [Int]) async throws(ServiceError) -> [ByteBuffer] {
        guard let keyID = withMachine({ $0.description.settings.encryptionKeyID }) else {
            return RecordPayload.encode(positions.lazy.map { records[$0] })
        }
        return try await vault.seal(positions.map { records[$0] }, keyID: keyID)
    }

    private func endAppend(_ ticket: StreamStateMachine.AppendTicket) {
        let drained = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.machine.endAppend(ticket) else { return nil }
            return state.drained.take()
        }
        drained?.resume()
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

    /// Plans a reshard and begins it: then either ``finishReshard(_:)`` or ``abandonReshard()`` must follow.
    func beginReshard(
        _ plan: (StreamDescription) throws(ServiceError) -> ReshardPlan
    ) throws(ServiceError) -> ReshardPlan {
        let begun = withMachine { machine -> Result<ReshardPlan, ServiceError> in
            guard !machine.isDeleted else { return .failure(errors.streamNotFound(name)) }
            do throws(ServiceError) {
                let plan = try plan(machine.description)
                try machine.beginReshard(errors: errors)
                return .success(plan)
            } catch {
                return .failure(error)
            }
        }
        return try begun.get()
    }

    /// Keeps appends from the parents, and finds out where these end.
    func outcome(of plan: ReshardPlan) async throws(ServiceError) -> ReshardPlan.Outcome {
        guard !withMachine({ $0.isDeleted }) else { throw errors.streamNotFound(name) }
        await closeParents(of: plan)
        do throws(LogError) {
            let endingIndex = try await log.barrier()
            return plan.outcome(of: description, endingIndex: endingIndex, at: now)
        } catch {
            throw serviceError(error)
        }
    }

    /// The outcome is durable.
    func finishReshard(_ outcome: ReshardPlan.Outcome) {
        endReshard { $0.finishReshard(outcome) }
        watch.signal(outcome.closed.map(\.id))
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
