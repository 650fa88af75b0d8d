// What a worker does about the leases it holds.
extension LeaseStateMachine {
    mutating func write(_ change: LeaseWrite.Change, _ key: String, _ now: UInt64) {
        guard let entry = entries[key] else { return }
        let write = LeaseWrite(
            change,
            of: entry.lease,
            throughput: throughputToTell(entry, with: change),
            decidedAt: now
        )
        entries[key]?.write = write
        actions.append(.write(write))
    }

    /// Decides the next write of a lease that is held, if one is due and none is under way.
    mutating func advance(_ key: String, _ now: UInt64) {
        guard let entry = entries[key], let tenure = entry.tenure else { return }
        wake(at: tenure.confirmedAt + failoverTime)
        guard entry.write == nil else { return }
        // A checkpoint that was given up for lost has arrived late, and the table shows it.
        guard !entry.lease.isEnded else {
            actions.append(.checkpointed(key: key, .shardEnd))
            return ended(key, now)
        }
        guard now >= entry.retryAt else { return wake(at: entry.retryAt) }
        if let checkpoint = tenure.wantedCheckpoint {
            entries[key]?.tenure?.wantedCheckpoint = nil
            if entry.lease.checkpoint < checkpoint { return write(.checkpoint(checkpoint), key, now) }
            // A write that was under way when it was asked for has passed it: a checkpoint never moves back.
            actions.append(.checkpointed(key: key, entry.lease.checkpoint))
        }
        if let pending = nextPreparation(key) { return write(.prepare(pending), key, now) }
        switch tenure.state {
        case .stopped(.handOff(let worker)): write(.transfer(to: worker), key, now)
        case .stopped(.release): write(.release, key, now)
        case .waiting, .processing, .halted, .stopping:
            let due = tenure.confirmedAt + renewInterval
            if now >= due { write(.renew, key, now) } else { wake(at: due) }
        }
    }

    mutating func wrote(_ write: LeaseWrite, _ outcome: LeaseWriteOutcome, _ now: UInt64) {
        let key = write.lease.key
        guard entries[key]?.write == write else { return }
        if outcome == .succeeded {
            entries[key]?.write = nil
            return apply(write, now)
        }
        var isPaused = outcome == .unknown
        var isTooLate = false
        switch write.change {
        case .renew, .checkpoint, .prepare, .transfer, .release:
            // The write may have taken effect although the answer says no: an earlier attempt of the same call did.
            actions.append(.read(key: key))
        case .withdrawHandOff where isShuttingDown:
            // The owner may have handed the lease over already.
            actions.append(.read(key: key))
        case .take:
            entries[key]?.write = nil
            if outcome == .conditionFailed, isFed(now) {
                // Another worker was first: the feed tells which, or has told. Until then the lease looks as it did.
                isPaused = true
                isTooLate = true
            } else {
                scheduleScan(at: outcome == .conditionFailed ? now : now + retryInterval)
            }
        case .requestHandOff:
            entries[key]?.write = nil
            if outcome == .conditionFailed { scanSoon(now) }
        case .withdrawHandOff:
            entries[key]?.write = nil
        }
        let retryAt = isPaused ? now + retryInterval : now
        entries[key]?.retryAt = retryAt
        // While it was being taken, the lease counted for the share: now there is room for another one.
        if isTooLate, !isShuttingDown { takeAvailable(now, isTold: true) }
        if case .take = write.change { tookOne(now) }
    }

    /// The lease is as the write made it.
    private mutating func apply(_ write: LeaseWrite, _ now: UInt64) {
        let key = write.lease.key
        guard let before = entries[key] else { return }
        let handOffTo = before.lease.handOffTo
        entries[key]?.lease = write.result
        entries[key]?.showsLife(now)
        switch write.change {
        case .renew:
            entries[key]?.lease.handOffTo = handOffTo
            confirm(key, since: write.decidedAt)
        case .checkpoint(let checkpoint):
            entries[key]?.lease.handOffTo = handOffTo
            confirm(key, since: write.decidedAt)
            actions.append(.checkpointed(key: key, checkpoint))
            if checkpoint == .shardEnd { return ended(key, now) }
        case .prepare(let pending):
            entries[key]?.lease.handOffTo = handOffTo
            confirm(key, since: write.decidedAt)
            actions.append(.prepared(key: key, pending))
        case .take:
            began(write, before: before, now)
        case .transfer(let worker):
            giveUp(key)
            actions.append(.report(.handedOver(key: key, to: worker)))
            // Who gives a heavy lease away may have too little to do after that.
            unsettleIfBehind()
        case .release:
            giveUp(key)
            actions.append(.report(.released(key: key)))
        case .requestHandOff:
            let owner = write.lease.owner ?? ""
            entries[key]?.request = .init(owner: owner, at: write.decidedAt)
            actions.append(.report(.requested(key: key, from: owner)))
            if isShuttingDown { self.write(.withdrawHandOff(to: workerID), key, now) }
        case .withdrawHandOff:
            entries[key]?.request = nil
        }
        advance(key, now)
    }

    /// Ends a tenure. A task that outlived the consumer may have asked for a checkpoint meanwhile: it is too late.
    private mutating func giveUp(_ key: String) {
        if entries[key]?.tenure?.wantsCheckpoints == true { actions.append(.checkpointRefused(key: key)) }
        entries[key]?.tenure = nil
    }

    private mutating func confirm(_ key: String, since time: UInt64) {
        guard entries[key]?.tenure != nil else { return }
        entries[key]?.tenure?.confirmedAt = time
        actions.append(.holdUntil(key: key, time + failoverTime))
    }

    /// A take succeeded.
    private mutating func began(_ write: LeaseWrite, before: LeaseEntry, _ now: UInt64) {
        let key = write.lease.key
        let how = before.taking(by: workerID, decidedAt: write.decidedAt, failoverTime)
        let owner = how == .handedOver ? before.request?.owner : write.lease.owner
        entries[key]?.request = nil
        entries[key]?.takeAt = nil
        entries[key]?.tenure = .init(state: .waiting, confirmedAt: write.decidedAt)
        actions.append(.report(.taken(key: key, from: owner, how: how)))
        tookOne(now)
        if isShuttingDown || !entries.scope.covers(write.lease) {
            depart(key, .release, now)
        } else {
            startIfReady(key, since: write.decidedAt, now)
        }
    }

    private mutating func ended(_ key: String, _ now: UInt64) {
        // The end has passed whatever was to be prepared.
        while nextPreparation(key) != nil {}
        entries[key]?.tenure = nil
        startReadyConsumers(now)
        share(now)
    }

    /// How far the parents of a shard are.
    enum Parents {
        /// All were read to their end.
        case ended
        /// One was not read to its end.
        case reading
        /// One may have a lease that this worker has not seen yet: the next scan tells.
        case unclear
    }

    /// A parent without a lease is gone, or was passed before the application began. Its lease was in the table before the
    /// child's; so it is missing for certain once a scan that began after the child's became known does not show it.
    func parents(of entry: LeaseEntry) -> Parents {
        let known = entry.lease.parentShardIDs.compactMap { entries[entry.lease.key(of: $0)]?.lease }
        guard known.allSatisfy(\.isEnded) else { return .reading }
        // What was begun, was begun after its parents: their leases have been cleaned up.
        let areAllKnown = known.count == entry.lease.parentShardIDs.count || entry.lease.isBegun
        return areAllKnown || lastScan > entry.knownSinceScan ? .ended : .unclear
    }

    /// Starts a consumer when its lease is held, all its parents were read to their end, and none runs.
    mutating func startIfReady(_ key: String, since time: UInt64, _ now: UInt64) {
        guard let entry = entries[key], entry.tenure?.state == .waiting, !entry.isConsumerRunning else { return }
        switch parents(of: entry) {
        case .ended: break
        case .unclear where scanStartedAt == nil: return scheduleScan(at: now)
        case .unclear, .reading: return
        }
        entries[key]?.tenure?.state = .processing
        entries[key]?.isConsumerRunning = true
        actions.append(.startConsumer(entry.lease, holdUntil: time + failoverTime))
    }

    mutating func startReadyConsumers(_ now: UInt64) {
        for key in entries.concerned.sorted() {
            guard let tenure = entries[key]?.tenure, tenure.state == .waiting else { continue }
            startIfReady(key, since: tenure.confirmedAt, now)
        }
    }

    mutating func read(_ key: String, _ outcome: LeaseReadOutcome, _ now: UInt64) {
        guard let entry = entries[key], let write = entry.write else { return }
        switch outcome {
        case .failed:
            couldNotRead(key, since: write.decidedAt, now)
        case .absent:
            lose(key, .deleted)
            entries[key]?.write = nil
            if entries[key]?.isConsumerRunning == false { entries[key] = nil }
        case .found(let lease) where isRemade(lease, since: entry.lease):
            lose(key, .deleted)
            entries[key]?.write = nil
            entries[key]?.lease = lease
            entries[key]?.showsLife(now)
            if !isShuttingDown { scanSoon(now) }
        case .found(let lease) where lease.counter < write.lease.counter:
            // Older than what was known before: an answer that was under way for long. If the lease was made again, it is
            // lost when it cannot be renewed in time.
            couldNotRead(key, since: write.decidedAt, now)
        case .found(let lease):
            entries[key]?.write = nil
            settle(write, lease, now)
        }
    }

    /// Whether a lease is that of a shard of another stream, which was made under the name of the earlier one: what was held is
    /// gone.
    private func isRemade(_ lease: Lease, since known: Lease) -> Bool {
        guard let made = lease.streamCreation, let before = known.streamCreation else { return false }
        return made > before && lease.owner != workerID
    }

    /// Reads the lease once more after a while.
    private mutating func couldNotRead(_ key: String, since time: UInt64, _ now: UInt64) {
        guard entries[key]?.tenure != nil || now < time + failoverTime else {
            // A request that could not be withdrawn. The shutdown does not wait for ever for a table that cannot be
            // reached: if the lease was handed over, it expires.
            entries[key]?.write = nil
            return
        }
        let verifyAt = now + retryInterval
        entries[key]?.verifyAt = verifyAt
        wake(at: verifyAt)
    }

    /// Tells from the lease as it is what became of a write.
    private mutating func settle(_ write: LeaseWrite, _ lease: Lease, _ now: UInt64) {
        let key = lease.key
        let result = write.result
        // The worker that a lease was handed to may have renewed it since.
        let isTransferred = if case .transfer(let worker) = write.change { lease.owner == worker } else { false }
        let isAsWritten =
            lease.owner == result.owner && lease.counter == result.counter
            && write.isMarked(in: lease)
        if isAsWritten || isTransferred, entries[key]?.tenure != nil {
            entries[key]?.lease.handOffTo = lease.handOffTo
            // An earlier write of the same kind may have done it, which told something else.
            var write = write
            write.throughput = lease.throughput
            return apply(write, now)
        }
        entries[key]?.lease = lease
        entries[key]?.showsLife(now)
        if entries[key]?.tenure == nil {
            // A request that could not be withdrawn: the lease may have been handed over meanwhile.
            guard isShuttingDown, lease.owner == workerID else { return }
            entries[key]?.tenure = .init(state: .stopped(.release), confirmedAt: now)
            return advance(key, now)
        }
        // An own write that was given up for lost may have arrived late: then the counter is one ahead.
        guard lease.owner == workerID, (write.lease.counter...write.lease.counter + 1).contains(lease.counter) else {
            return lose(key, .taken(by: lease.owner))
        }
        if case .checkpoint(let checkpoint) = write.change {
            let wanted = entries[key]?.tenure?.wantedCheckpoint ?? checkpoint
            entries[key]?.tenure?.wantedCheckpoint = max(checkpoint, wanted)
        }
        if case .prepare(let pending) = write.change { entries[key]?.tenure?.preparations.insert(pending, at: 0) }
        advance(key, now)
    }

    /// The lease is not, or may not be, this worker's any more.
    mutating func lose(_ key: String, _ loss: LeaseReport.Loss) {
        guard let entry = entries[key], entry.tenure != nil else { return }
        if entry.isConsumerRunning { actions.append(.stopConsumer(key: key, .leaseLost)) }
        actions.append(.checkpointRefused(key: key))
        entries[key]?.tenure = nil
        entries[key]?.write = nil
        actions.append(.report(.lost(key: key, reason: loss)))
    }

    mutating func fenceIfDue(_ key: String, _ now: UInt64) {
        guard let tenure = entries[key]?.tenure, now >= tenure.confirmedAt + failoverTime else { return }
        lose(key, .notRenewed)
    }

    mutating func verifyIfDue(_ key: String, _ now: UInt64) {
        guard let verifyAt = entries[key]?.verifyAt else { return }
        guard now >= verifyAt else { return wake(at: verifyAt) }
        entries[key]?.verifyAt = nil
        if entries[key]?.write != nil { actions.append(.read(key: key)) }
    }

    mutating func requestCheckpoint(_ key: String, _ checkpoint: LeaseCheckpoint, _ now: UInt64) {
        fenceIfDue(key, now)
        guard let entry = entries[key], let tenure = entry.tenure else {
            return actions.append(.checkpointRefused(key: key))
        }
        guard entry.lease.checkpoint < checkpoint else {
            return actions.append(.checkpointed(key: key, entry.lease.checkpoint))
        }
        entries[key]?.tenure?.wantedCheckpoint = max(checkpoint, tenure.wantedCheckpoint ?? checkpoint)
        advance(key, now)
    }

    mutating func consumerStopped(_ key: String, _ now: UInt64) {
        entries[key]?.isConsumerRunning = false
        guard let tenure = entries[key]?.tenure else { return }
        switch tenure.state {
        case .stopping(let departure): entries[key]?.tenure?.state = .stopped(departure)
        case .processing: entries[key]?.tenure?.state = .halted
        case .waiting: startIfReady(key, since: tenure.confirmedAt, now)
        case .halted, .stopped: break
        }
        advance(key, now)
    }

    /// Gives a lease up: after its consumer has stopped, when one runs.
    mutating func depart(_ key: String, _ departure: LeaseEntry.Departure, _ now: UInt64) {
        switch entries[key]?.tenure?.state {
        case .processing:
            entries[key]?.tenure?.state = .stopping(departure)
            actions.append(.stopConsumer(key: key, .shutdownRequested))
        case .waiting, .halted:
            entries[key]?.tenure?.state = .stopped(departure)
        case .stopping, .stopped, nil:
            break
        }
        advance(key, now)
    }
}
