import WeirModel
import WeirStore

/// Why a subscription ends before its time.
enum SubscriptionEnding: Sendable {
    /// Another call subscribed the same consumer to the same shard.
    case takenOver
    /// The consumer was deregistered.
    case consumerDeregistered
    /// The server stops.
    case serverStopped
    /// Nobody reads it any more.
    case cancelled
}

/// What a subscription to a shard does next: no I/O, the time passed in.
///
/// The shell asks for the next ``Step``, does it, and tells what came of a read. Records are read only when the reader of
/// the subscription asks for its next event, so that there is never more than one event.
struct SubscriptionStateMachine {
    /// Time limits, in nanoseconds.
    struct Limits {
        /// How long a subscription lasts.
        var lifetime: UInt64
        /// After so long without an event comes an empty one.
        var heartbeat: UInt64
    }

    enum Step {
        /// Give the message that comes first.
        case initialResponse
        /// Read from there, and tell what was found.
        case read(ShardPosition)
        /// Wait for a record from there on, no longer than so many nanoseconds. Then ask again.
        case wait(ShardPosition, nanoseconds: UInt64)
        /// Give an event with what was read. Where to go on; nil at the end of a closed shard, after which nothing follows.
        case event(ShardRead)
        /// Give an error, after which nothing follows.
        case exception(ServiceError)
        /// The end.
        case finish
    }

    private enum State {
        case begun
        case reading(ShardPosition)
        case ended
    }

    private let limits: Limits
    private let beganAt: UInt64
    private let takenOver: ServiceError
    private let consumerNotFound: ServiceError
    private let start: ShardPosition
    private var state = State.begun
    private var lastEventAt: UInt64?

    /// A subscription that begins now, with the errors that end it.
    init(
        from start: ShardPosition,
        at now: UInt64,
        limits: Limits,
        takenOver: ServiceError,
        consumerNotFound: ServiceError
    ) {
        self.start = start
        self.limits = limits
        self.takenOver = takenOver
        self.consumerNotFound = consumerNotFound
        beganAt = now
    }

    /// The reader wants the next message, or has waited for records.
    mutating func next(at now: UInt64, ending: SubscriptionEnding?) -> Step {
        if case .ended = state { return .finish }
        if let ending {
            state = .ended
            switch ending {
            case .takenOver: return .exception(takenOver)
            case .consumerDeregistered: return .exception(consumerNotFound)
            case .serverStopped, .cancelled: return .finish
            }
        }
        guard now < beganAt + limits.lifetime else {
            state = .ended
            return .finish
        }
        switch state {
        case .begun:
            state = .reading(start)
            return .initialResponse
        case .reading(let position): return .read(position)
        case .ended: return .finish
        }
    }

    /// What a read has found.
    mutating func didRead(_ read: ShardRead, at now: UInt64) -> Step {
        guard let next = read.next else {
            state = .ended
            return .event(read)
        }
        state = .reading(next)
        guard read.records.isEmpty, let heartbeatAt else {
            lastEventAt = now
            return .event(read)
        }
        guard now < heartbeatAt else {
            lastEventAt = now
            return .event(read)
        }
        return .wait(
            next,
            nanoseconds: min(heartbeatAt, beganAt + limits.lifetime) - min(now, beganAt + limits.lifetime)
        )
    }

    /// A read or a wait failed.
    mutating func didFail(_ error: ServiceError) -> Step {
        state = .ended
        switch error.code {
        case .resourceNotFound, .resourceInUse: return .exception(error)
        default: return .exception(ServiceError(.internalFailureException, error.message, cause: error))
        }
    }

    /// When an empty event is due; nil before the first event, which is due at once: it tells where to go on.
    private var heartbeatAt: UInt64? { lastEventAt.map { $0 + limits.heartbeat } }
}

extension ServiceError.Code {
    /// `internalFailure`, as the model of event streams calls it.
    static let internalFailureException = ServiceError.Code(rawValue: "InternalFailureException")
}
