// The first half of checkpoints in two phases.
extension LeaseStateMachine {
    mutating func requestPreparation(_ key: String, _ pending: PendingCheckpoint, _ now: UInt64) {
        fenceIfDue(key, now)
        guard entries[key]?.tenure != nil else { return actions.append(.checkpointRefused(key: key)) }
        entries[key]?.tenure?.preparations.append(pending)
        advance(key, now)
    }

    /// What is to be prepared next. What is in the table already, or what the checkpoint has passed, is not written.
    mutating func nextPreparation(_ key: String) -> PendingCheckpoint? {
        while let entry = entries[key], let next = entry.tenure?.preparations.first {
            entries[key]?.tenure?.preparations.removeFirst()
            guard next.checkpoint <= entry.lease.checkpoint || next == entry.lease.pendingCheckpoint else {
                return next
            }
            actions.append(.prepared(key: key, next))
        }
        return nil
    }
}

extension LeaseWrite {
    /// Whether a lease shows what this write, and no other one of the same owner, would have noted in it.
    func isMarked(in lease: Lease) -> Bool {
        switch change {
        case .checkpoint(let checkpoint): lease.checkpoint == checkpoint
        case .prepare(let pending): lease.pendingCheckpoint == pending
        default: true
        }
    }
}
