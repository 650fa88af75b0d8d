import WeirLeases

/// A process with a lease machine and the consumers of the shards that it holds.
package final class SimulatedWorker {
    package let id: String
    package var machine: LeaseStateMachine
    package let startedAt: UInt64
    /// What its monotonic clock shows more than that of the simulation: no two machines count from the same moment.
    let origin: UInt64
    /// What its wall clock shows more than the true time, in nanoseconds.
    var skew: Int64 = 0 {
        didSet { jumped += UInt64(max(0, skew - oldValue)) }
    }
    /// How far it was set forward in all. The machine may not be told of a time before one that it was told of.
    private(set) var jumped: UInt64 = 0
    var timer = UInt64.max
    var pausedUntil: UInt64 = 0
    /// Until when no call reaches the table, and when none reaches the stream.
    var cutUntil: [SimulatedService: UInt64] = [:]
    /// Whether the change feed tells it of something.
    var isFed = false
    /// The streams that it was told to read, where there are several.
    var streams: Set<StreamIdentity> = []
    package var consumers: [String: SimulatedConsumer] = [:]
    /// What it knows of leases that nobody needs, by stream.
    var cares: [StreamIdentity?: LeaseCareStateMachine] = [:]
    /// The writes that were refused, until it is read what became of them.
    var refused: [String: LeaseWrite] = [:]

    init(id: String, machine: LeaseStateMachine, startedAt: UInt64, origin: UInt64) {
        self.id = id
        self.machine = machine
        self.startedAt = startedAt
        self.origin = origin
    }

    func isCut(from service: SimulatedService, at now: UInt64) -> Bool { now < cutUntil[service, default: 0] }
}

/// What workers call.
enum SimulatedService: Hashable {
    case table
    case stream
}

/// Reads one shard: batch after batch, each checkpointed before the next.
package final class SimulatedConsumer {
    let worker: String
    var position: Int
    /// Until when it may hand records out, by the simulation's clock.
    var holdUntil: UInt64
    /// The end of the batch at hand; nil between two.
    var batch: Int?
    var isEnding = false
    /// The checkpoint that it waits for.
    var awaited: Int?
    /// What it has prepared, or is about to.
    var preparation: PendingCheckpoint?
    /// Whether it has prepared a checkpoint at its position and put off the second half.
    var isUncommitted = false
    var stopReason: LeaseStateMachine.StopReason?
    /// Whether it waits until the lease is renewed, or lost.
    var isOutOfTime = false
    /// Which of the steps that were planned is to be taken: the others were overtaken.
    var step = 0

    init(worker: String, position: Int, holdUntil: UInt64) {
        self.worker = worker
        self.position = position
        self.holdUntil = holdUntil
    }

    /// Whether nothing is left that must be finished before it stops.
    var isIdle: Bool { batch == nil && awaited == nil && !isEnding }
}

extension LeaseReport {
    package var isTaking: Bool { if case .taken = self { true } else { false } }
    package var isLoss: Bool { if case .lost = self { true } else { false } }
}
