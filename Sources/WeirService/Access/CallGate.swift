import Synchronization
import WeirModel
import WeirWire

/// Stands before the store during one call: who calls must be allowed to, and the action's rate must not be exceeded.
///
/// A call is judged when it first names a stream to the store, which it does once its input was found to be valid.
final class CallGate: Sendable {
    /// What a call is on.
    private enum Subject: Hashable {
        case stream(String)
        /// A consumer of a stream, as its ARN ends: `NAME:SECOND`.
        case consumer(String, stream: String)
        /// A queue, by the ID in its ARN.
        case queue(String)
        /// The account: no stream in particular.
        case account
    }

    private struct State {
        var admitted: Set<Subject> = []
        var isCounted = false
        /// The policy by which the call was allowed on a queue.
        var queuePolicy: String?
    }

    /// The action that is performed.
    let action: String
    /// The limits on rates; nil when they are not enforced.
    let limiter: ThroughputLimiter?
    private let caller: (any ActionCaller)?
    private let account: String
    private let region: String
    private let state = Mutex(State())

    init(_ call: ActionCall, limiter: ThroughputLimiter?, account: String, region: String) {
        action = call.action
        caller = call.caller
        self.limiter = limiter
        self.account = account
        self.region = region
    }

    /// Lets the call go on with a stream. Throws `accessDenied` or `limitExceeded`.
    func admit(stream name: String) throws(ServiceError) {
        try admit(
            .stream(name),
            resource: StreamARN(region: region, account: account, name: name).description,
            refusal: "Rate exceeded for stream \(name) under account \(account)."
        )
    }

    /// Lets the call go on with a consumer, and look at its stream on the way. `consumer` is `NAME:SECOND`, as its ARN ends.
    /// Throws `accessDenied` or `limitExceeded`.
    func admit(consumer: String, stream name: String) throws(ServiceError) {
        let stream = StreamARN(region: region, account: account, name: name)
        try admit(
            .consumer(consumer, stream: name),
            resource: "\(stream)/consumer/\(consumer)",
            refusal: "Rate exceeded for stream \(name) under account \(account)."
        )
    }

    /// Lets the call go on with a queue, to which a policy may be attached. Throws `accessDenied` or `limitExceeded`.
    func admit(queue resourceID: String, policy: @autoclosure () -> String?) throws(ServiceError) {
        let arn = arn(ofQueue: resourceID)
        try admit(.queue(resourceID), resource: arn, policy: policy(), refusal: "Rate exceeded for queue \(arn).")
    }

    /// Asks again, after a wait, whether the call is allowed. Throws `accessDenied`.
    func readmit(queue resourceID: String, policy: @autoclosure () -> String?) throws(ServiceError) {
        guard let caller else { return }
        let policy = policy()
        guard state.withLock({ $0.queuePolicy != policy }) else { return }
        try caller.authorize("kinesis:\(action)", on: arn(ofQueue: resourceID), resourcePolicy: policy)
    }

    private func arn(ofQueue resourceID: String) -> String {
        QueueARN(region: region, account: account, resourceID: resourceID).description
    }

    /// Whether calls are allowed to some and not to others.
    var asksWhoCalls: Bool { caller != nil }

    /// Whether the call is on a consumer of a stream, and on nothing else.
    var isOnConsumer: Bool { Self.consumerActions.contains(action) }

    private static let consumerActions: Set = [
        "DescribeStreamConsumer", "DeregisterStreamConsumer", "SubscribeToShard",
    ]

    /// Lets the call go on with the account as a whole. Throws `accessDenied` or `limitExceeded`.
    func admitAccount() throws(ServiceError) {
        try admit(.account, resource: "*", refusal: "Rate exceeded for account \(account).")
    }

    /// Lets the call look at the account on its way to a stream that it was let through for; else as ``admitAccount()``.
    func admitAccountOnTheWay() throws(ServiceError) {
        guard state.withLock({ $0.admitted.isEmpty }) else { return }
        try admitAccount()
    }

    /// What is said when a shard's throughput is used up.
    func throughputExceeded(_ shard: ShardID, stream: String) -> ServiceError {
        .throughputExceeded(shard: shard.description, stream: stream, account: account)
    }

    private func admit(
        _ subject: Subject,
        resource: @autoclosure () -> String,
        policy: @autoclosure () -> String? = nil,
        refusal: @autoclosure () -> String
    ) throws(ServiceError) {
        let isAdmitted = state.withLock { state in
            state.admitted.contains(subject) || isOnTheWay(to: subject, state.admitted)
        }
        guard !isAdmitted else { return }
        if let caller {
            let policy = policy()
            try caller.authorize("kinesis:\(action)", on: resource(), resourcePolicy: policy)
            if case .queue = subject { state.withLock { $0.queuePolicy = policy } }
        }
        let isCounted = state.withLock { state in
            state.admitted.insert(subject)
            defer { state.isCounted = true }
            return state.isCounted
        }
        guard let limiter, !isCounted else { return }
        var name: String?
        switch subject {
        case .stream(let stream), .consumer(_, let stream): name = stream
        case .queue, .account: break
        }
        let isWithinRate = limiter.decide { $0.admitCall(action, stream: name, at: $1) }
        guard isWithinRate else { throw ServiceError(.limitExceeded, refusal()) }
    }

    /// Who may list all streams may see each of them on the way, and who may use a consumer its stream; otherwise the account
    /// stands for no stream.
    private func isOnTheWay(to subject: Subject, _ admitted: Set<Subject>) -> Bool {
        guard case .stream(let name) = subject else { return false }
        if action == "ListStreams", admitted.contains(.account) { return true }
        return admitted.contains { other in
            if case .consumer(_, let stream) = other { stream == name } else { false }
        }
    }
}

extension ServiceError {
    /// What AWS says when a shard's throughput is used up.
    static func throughputExceeded(shard: String, stream: String, account: String) -> ServiceError {
        ServiceError(
            .provisionedThroughputExceeded,
            "Rate exceeded for shard \(shard) in stream \(stream) under account \(account)."
        )
    }
}
