import WeirLeases
import WeirModel

/// Decides what a consumer of a queue does: when it receives how many records, starts and cancels handlers, acknowledges, extends,
/// and returns.
///
/// Pure: what happened goes in with the time, by a clock that only goes forward, and what is to be done comes out. Records are known by
/// numbers that the caller gives to deliveries.
struct QueueConsumerStateMachine {
    /// The settings, in the machine's units.
    struct Settings: Sendable {
        var concurrency = 10
        var prefetch = 0
        /// Seconds.
        var visibility = 30
        /// Nanoseconds; `UInt64.max`: no limit.
        var handlerTimeout = UInt64.max
        /// Nanoseconds.
        var acknowledgementDelay: UInt64 = 5_000_000
        var backOff = QueueBackOff()
        var acknowledgesRejections = false
        var waitsForQueue = false
        /// Nanoseconds.
        var shutdownTimeout: UInt64 = 30_000_000_000
    }

    /// A record of an answer.
    struct Delivery: Hashable, Sendable {
        /// The number of the delivery, never used before.
        var id: Int
        var receiveCount: Int
    }

    /// Why a call failed as a whole.
    enum Failure: Sendable {
        /// It may succeed when it is tried again.
        case transient(ServiceError)
        /// There is no such queue.
        case queueMissing(ServiceError)
        /// It is not allowed, or not understood.
        case refused(ServiceError)
        /// It was cancelled, or the client was shut down: nothing can be called any more.
        case clientEnded(ServiceError)

        var error: ServiceError {
            switch self {
            case .transient(let error), .queueMissing(let error), .refused(let error), .clientEnded(let error): error
            }
        }
    }

    /// What became of one record of a call.
    enum EntryOutcome: Hashable, Sendable {
        case done
        /// The receipt is not valid any more.
        case gone
        /// It may succeed when it is tried again.
        case failed
    }

    /// How a handler ended.
    enum HandlerOutcome: Hashable, Sendable {
        case succeeded
        /// With the pause that it asked for, if any.
        case failed(pauseSeconds: Int?)
        case rejected
    }

    enum Event: Sendable {
        /// A deadline has come, or it is the beginning.
        case tick
        case received(poll: Int, [Delivery])
        case receiveFailed(poll: Int, Failure)
        case handled(Int, HandlerOutcome)
        case answered(call: Int, [Int: EntryOutcome])
        case callFailed(call: Int, Failure)
        case shutdown
    }

    enum CancelReason: Hashable, Sendable {
        case timedOut
        case receiptLost
        case shutdown
    }

    enum Action: Hashable, Sendable {
        case receive(poll: Int, limit: Int)
        case cancelReceive(poll: Int)
        case startHandler(Int)
        case cancelHandler(Int, CancelReason)
        case acknowledge(call: Int, [Int])
        /// Lets records be visible so many seconds later.
        case changeVisibility(call: Int, [Int], seconds: [Int])
        case report(QueueReport)
        /// Nothing more is to be done.
        case finished
    }

    let settings: Settings
    var random: SplitMix64
    var held: [Int: HeldRecord] = [:]
    /// Handlers that have not ended, also of records that are not held any more.
    var handlers: [Int: HandlerRun] = [:]
    /// Records that wait for a handler, and some that did and are not held any more.
    var waiting: [Int] = []
    var waitingCount = 0
    var polls: [Int: Poll] = [:]
    var calls: [Int: SettlingCall] = [:]
    var acknowledgements = SettlingLine()
    var returns = SettlingLine()
    var extensions = ExtensionLine()
    /// A time at or before which something has to be looked at in the records.
    var checkAt = UInt64.max
    /// Calls that settle records wait until then, after one failed as a whole.
    var settleAt: UInt64 = 0
    var settleFailures = 0
    var pollAt: UInt64 = 0
    var pollFailures = 0
    /// Whether the last answer had as many records as were asked for: then several calls receive at a time.
    var isBusy = false
    var hasReceived = false
    var hasSettled = false
    var lastNumber = 0
    /// When a shutdown began.
    var shutdownAt: UInt64?
    var hasCancelledHandlers = false
    var isFinished = false
    /// Why the consumer ends of its own accord.
    var endError: ServiceError?

    init(settings: Settings, seed: UInt64) {
        self.settings = settings
        random = SplitMix64(seed: seed)
    }

    var visibilityTime: UInt64 { UInt64(settings.visibility) * 1_000_000_000 }

    /// Takes what happened, and says what is to be done.
    mutating func handle(_ event: Event, at now: UInt64) -> [Action] {
        guard !isFinished else { return [] }
        var actions: [Action] = []
        switch event {
        case .tick: break
        case .received(let poll, let deliveries): received(deliveries, poll, now, &actions)
        case .receiveFailed(let poll, let failure): receiveFailed(failure, poll, now, &actions)
        case .handled(let id, let outcome): handled(id, outcome, now, &actions)
        case .answered(let call, let outcomes): answered(outcomes, call, now, &actions)
        case .callFailed(let call, let failure): callFailed(failure, call, now, &actions)
        case .shutdown: beginShutdown(now)
        }
        if now >= checkAt { check(now, &actions) }
        extend(now, &actions)
        startHandlers(now, &actions)
        settle(now, &actions)
        receive(now, &actions)
        goOnShuttingDown(now, &actions)
        return actions
    }

    /// When the next tick is due; `UInt64.max`: only when something happens.
    var nextDeadline: UInt64 {
        guard !isFinished else { return .max }
        var deadline = checkAt
        if maySettle {
            for line in [acknowledgements, returns] {
                guard let due = line.due(isHurried: isHurried, delay: settings.acknowledgementDelay) else { continue }
                deadline = min(deadline, max(due, settleAt))
            }
        }
        guard let shutdownAt else { return mayReceive ? min(deadline, pollAt) : deadline }
        for poll in polls.values where !poll.isCancelled { deadline = min(deadline, Self.end(of: poll, shutdownAt)) }
        return min(deadline, hasCancelledHandlers ? lastMoment(shutdownAt) : handlersEnd(shutdownAt))
    }

    /// The random pause after so many failures in a row.
    mutating func pause(failures: Int) -> UInt64 {
        let number = random.next()
        return UInt64(nanosecondsOf: Backoff.pause(failures: failures, RandomSource { number }))
    }

    /// From 0 up to, not including, 1.
    mutating func jitter() -> Double { Double.random(in: 0..<1, using: &random) }

    mutating func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }
}

/// What a consumer tells of a record that it held.
enum QueueReport: Hashable, Sendable {
    case acknowledged(Int)
    case acknowledgementRefused(Int)
    case returned(Int, seconds: Int)
    /// The handler failed on it, and it will be returned so.
    case failed(Int, pauseSeconds: Int)
    /// The handler refused it for good, and it will be acknowledged all the same.
    case rejected(Int)
    case receiptLost(Int)
    case handlerTimedOut(Int)
    /// Its time is over, and its handler goes on.
    case visibilityExpired(Int)
    /// Its time is over, and it was let go: it is visible.
    case letGo(Int)
    case extended(count: Int)
    case extensionFailed(count: Int)
    case receiveFailed(ServiceError.Code, String)
    case queueMissing
}

extension QueueReport {
    /// The record that is not held any more.
    var releasedID: Int? {
        switch self {
        case .acknowledged(let id), .acknowledgementRefused(let id), .returned(let id, _), .receiptLost(let id),
            .letGo(let id):
            id
        default: nil
        }
    }
}
