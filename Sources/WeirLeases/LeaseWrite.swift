/// A conditional write of one lease, decided by a worker: what it changes, and the lease that it was decided on.
public struct LeaseWrite: Hashable, Sendable {
    /// What the write changes.
    public enum Change: Hashable, Sendable {
        /// The owner's sign of life.
        case renew
        /// Makes the worker the owner: of a lease that nobody holds, that has expired, or (a steal) of a live owner's.
        case take(worker: String)
        /// Moves the checkpoint; a sign of life too.
        case checkpoint(LeaseCheckpoint)
        /// Notes where the checkpoint is to go next, beside the checkpoint; a sign of life too.
        case prepare(PendingCheckpoint)
        /// Makes the worker that asked for it the owner.
        case transfer(to: String)
        /// Gives the lease up, for anyone.
        case release
        /// Asks the owner, a Weir worker, to hand the lease over. Leaves the counter alone.
        case requestHandOff(to: String)
        /// Takes such a request back, or turns it down. Leaves the counter alone.
        case withdrawHandOff(to: String)
    }

    /// What the write changes.
    public var change: Change
    /// The lease as it was known when the write was decided: the write fails when its counter has moved or its owner
    /// has changed (release and the hand-off requests: in the latter case only).
    public var lease: Lease
    /// What the owner tells beside it, with a renewal, a checkpoint or a preparation: the bytes a second that it delivers of
    /// the shard; nil: nothing new.
    public var throughput: Int64?
    /// When it was decided, in nanoseconds of the worker's monotonic clock.
    public var decidedAt: UInt64

    /// A write from its parts.
    public init(_ change: Change, of lease: Lease, throughput: Int64? = nil, decidedAt: UInt64) {
        self.change = change
        self.lease = lease
        self.throughput = throughput
        self.decidedAt = decidedAt
    }

    /// The lease as it is after the write succeeded.
    public var result: Lease {
        var result = lease
        if let throughput { result.throughput = throughput }
        switch change {
        case .renew:
            result.counter += 1
        case .take(let worker):
            result.assign(to: worker)
        case .checkpoint(let checkpoint):
            result.counter += 1
            result.checkpoint = checkpoint
            result.ownerSwitchesSinceCheckpoint = 0
            // One that is further on is still to come.
            if let pending = result.pendingCheckpoint, pending.checkpoint <= checkpoint {
                result.pendingCheckpoint = nil
            }
        case .prepare(let pending):
            result.counter += 1
            result.pendingCheckpoint = pending
        case .transfer(let worker):
            result.assign(to: worker)
        case .release:
            result.counter += 1
            result.owner = nil
            result.weirOwner = nil
            result.handOffTo = nil
        case .requestHandOff(let worker):
            result.handOffTo = worker
        case .withdrawHandOff:
            result.handOffTo = nil
        }
        return result
    }
}

extension Lease {
    fileprivate mutating func assign(to worker: String) {
        if let owner, owner != worker { ownerSwitchesSinceCheckpoint += 1 }
        counter += 1
        owner = worker
        weirOwner = worker
        handOffTo = nil
    }
}

/// What became of a write.
public enum LeaseWriteOutcome: Hashable, Sendable {
    /// It took effect.
    case succeeded
    /// The table refused it: its condition did not hold. It may be that an earlier attempt of the same call took effect.
    case conditionFailed
    /// Nobody knows: the answer was lost or late, or the service failed.
    case unknown
}

/// What became of a consistent read of one lease.
public enum LeaseReadOutcome: Hashable, Sendable {
    /// The lease as it is.
    case found(Lease)
    /// There is no such lease.
    case absent
    /// The read failed.
    case failed
}
