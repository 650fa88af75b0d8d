import NIOCore
import Synchronization
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// A service whose actions do what a test of the server needs.
struct FakeService: ActionService {
    var service = WireService.kinesis
    /// What `Wait` waits for.
    var gate = Gate()
    /// Passed by each maintenance when there is one; the maintenance fails then.
    var maintenance: Gate?

    func maintain() async throws(ServiceError) {
        guard let maintenance else { return }
        maintenance.open()
        await maintenance.pass()
        throw ServiceError(.serviceUnavailable, "disk full")
    }
    /// What `Subscribe` answers with, at once, and `SubscribeLate` once the gate is open.
    var stream = FakeStream()

    func perform(_ call: ActionCall) async throws(ServiceError) -> ActionReply {
        switch call.action {
        case "Subscribe": return .stream(stream)
        case "SubscribeLate":
            await gate.pass()
            return .stream(stream)
        case "GetRecords": return .message(try await wait(call))
        default: return .message(try await answer(call.action, call.body.take()))
        }
    }

    /// Passes the gate, and waits until nobody needs the answer any more.
    private func wait(_ call: ActionCall) async throws(ServiceError) -> ByteBuffer {
        let body = call.body.take()
        await gate.pass()
        try await call.wait?.wait(
            until: { try? await Task.sleep(for: .seconds(3600)) },
            sleep: { _ in try await Task.sleep(for: .seconds(3600)) },
            monotonicNanoseconds: { SystemTime().monotonicNanoseconds }
        )
        gate.leave()
        return body
    }

    private func answer(_ action: String, _ body: ByteBuffer) async throws(ServiceError) -> ByteBuffer {
        switch action {
        case "Echo": return body
        case "Size": return ByteBuffer(string: "\(body.readableBytes)")
        case "Wait":
            await gate.pass()
            gate.leave()
            return body
        case "Refuse": throw ServiceError(.invalidArgument, "No \"such\" thing.")
        case "Break": throw ServiceError(.internalFailure, "broken")
        case "Large": return ByteBuffer(repeating: UInt8(ascii: "x"), count: 8 << 20)
        default: throw ServiceError(.unknownOperation, "")
        }
    }
}

/// Holds those who come until it is opened, and tells when somebody is there.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var held: [CheckedContinuation<Void, Never>] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrivals = 0
        var hasLeft = false
        var waitingForDeparture: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func pass() async {
        await withCheckedContinuation { continuation in
            let (isOpen, waiting) = state.withLock { state in
                state.arrivals += 1
                if !state.isOpen { state.held.append(continuation) }
                defer { state.waiting = [] }
                return (state.isOpen, state.waiting)
            }
            for waiter in waiting { waiter.resume() }
            if isOpen { continuation.resume() }
        }
    }

    /// Waits until somebody has come.
    func arrival() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.arrivals == 0 { state.waiting.append(continuation) }
                return state.arrivals > 0
            }
            if isThere { continuation.resume() }
        }
    }

    /// Tells that somebody who passed has gone on.
    func leave() {
        let waiting = state.withLock { state in
            state.hasLeft = true
            defer { state.waitingForDeparture = [] }
            return state.waitingForDeparture
        }
        for waiter in waiting { waiter.resume() }
    }

    /// Waits until somebody has passed and gone on.
    func departure() async {
        await withCheckedContinuation { continuation in
            let hasLeft = state.withLock { state in
                if !state.hasLeft { state.waitingForDeparture.append(continuation) }
                return state.hasLeft
            }
            if hasLeft { continuation.resume() }
        }
    }

    func open() {
        let held = state.withLock { state in
            state.isOpen = true
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }
}

/// A store without streams that tells when retention was enforced, and when it was looked after.
final class NoStreams: StreamStore {
    let retention = Gate()
    let upkeep = Gate()
    private let failure: ServiceError?

    /// Where `holdsRetention` is true, a round of retention goes on until `retention` is opened.
    init(retentionFails failure: ServiceError? = nil, holdsRetention: Bool = false) {
        self.failure = failure
        if !holdsRetention { retention.open() }
        upkeep.open()
    }

    func enforceRetention() async throws(ServiceError) {
        await retention.pass()
        if let failure { throw failure }
    }

    private var absent: ServiceError { ServiceError(.resourceNotFound, "absent") }

    func createStream(
        name: String,
        shardCount: Int,
        settings: StreamSettings,
        tags: [String: String]
    ) async throws(ServiceError) { throw absent }
    func changeSettings(
        of stream: String,
        _ change: StreamSettingsChange
    ) async throws(ServiceError) -> StreamSettingsUpdate { throw absent }
    func deleteStream(name: String, deletingConsumers: Bool) async throws(ServiceError) { throw absent }
    func removeStream(name: String) async throws(ServiceError) { throw absent }
    func updateShardCount(of stream: String, to target: Int) async throws(ServiceError) -> Int { throw absent }
    func performUpkeep() async throws(ServiceError) {
        await upkeep.pass()
        if let failure { throw failure }
    }
    func consumer(
        _ name: String,
        registeredIn second: Int64?,
        stream: String
    ) async throws(ServiceError) -> StreamConsumer { throw absent }
    func stream(name: String) async throws(ServiceError) -> StreamDescription { throw absent }
    func stream(id: Int64) async throws(ServiceError) -> StreamDescription { throw absent }
    func streamNames(after name: String?, limit: Int) async throws(ServiceError) -> [String] { [] }
    func usage() async throws(ServiceError) -> StoreUsage { throw absent }
    func throughputCommitment() async throws(ServiceError) -> ThroughputCommitment { throw absent }
    func setThroughputCommitment(isEnabled: Bool) async throws(ServiceError) -> ThroughputCommitment { throw absent }
    func policy(of resource: PolicyResource) async throws(ServiceError) -> String? { throw absent }
    func setPolicy(_ policy: String?, of resource: PolicyResource) async throws(ServiceError) -> Bool { throw absent }
    func append(_ records: [NewRecord], stream: StreamDescription) async throws(ServiceError) -> [AppendResult] {
        throw absent
    }
    func position(
        _ start: ShardStart,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) -> ShardPosition { throw absent }
    func read(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> ShardRead { throw absent }
    func splitShard(stream: String, shard: ShardID, newStartingHashKey: HashKey) async throws(ServiceError) {
        throw absent
    }
    func mergeShards(stream: String, shard: ShardID, adjacent: ShardID) async throws(ServiceError) { throw absent }
    func setRetention(stream: String, hours: Int) async throws(ServiceError) { throw absent }
    func changeTags(
        stream: String,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) { throw absent }
    func registerConsumer(
        _ name: String,
        stream: String,
        tags: [String: String],
        maximumCount: Int
    ) async throws(ServiceError) -> ConsumerDescription { throw absent }
    func deregisterConsumer(_ consumer: ConsumerDescription, stream: StreamDescription) async throws(ServiceError) {
        throw absent
    }
    func changeTags(
        consumer: ConsumerDescription,
        stream: StreamDescription,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) { throw absent }
    func waitForRecords(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) { throw absent }
}
