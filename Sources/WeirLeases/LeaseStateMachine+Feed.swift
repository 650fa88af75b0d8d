// What a worker makes of the change feed of its lease table.
extension LeaseStateMachine {
    /// Whether the feed has told of something lately. While any lease is held there are signs of life.
    func isFed(_ now: UInt64) -> Bool {
        guard let lastFedAt else { return false }
        return now < lastFedAt + renewInterval
    }

    /// Takes note of leases as the change feed tells them, and of what they allow at once. Loads are evened after scans
    /// only: each worker asks for a few leases then, and not with each change.
    mutating func changed(_ leases: [Lease], _ now: UInt64) {
        // Before the first scan the others are unknown. It comes at once and shows these too.
        guard lastScan > 0 else { return }
        lastFedAt = now
        var matters = false
        var isLoadTold = false
        for lease in leases where entries.note(lease) != .life {
            guard let entry = entries[lease.key] else {
                entries[lease.key] = LeaseEntry(lease, now: now, scan: scansBegun)
                matters = true
                continue
            }
            let known = entry.lease
            // What the own write that is under way has done, its outcome tells.
            guard lease.counter >= known.counter, entry.write?.result.isLike(lease) != true else { continue }
            merge(lease, startedAt: 0, now)
            matters =
                matters || lease.owner != known.owner || lease.handOffTo != known.handOffTo
                || lease.isEnded != known.isEnded
            isLoadTold = isLoadTold || lease.throughput != known.throughput
        }
        if matters || isLoadTold { unsettleIfBehind() }
        // Most changes are signs of life.
        guard matters else { return }
        startReadyConsumers(now)
        guard !isShuttingDown else { return }
        answerRequests(now)
        resumeOwn(now)
        takeAvailable(now, isTold: true)
    }

    /// Has the next regular scan not postponed when there is something to ask for: loads are evened after it.
    mutating func unsettleIfBehind() {
        if isSettled, isBehind { isSettled = false }
    }

    /// Takes note of leases that are gone, as the change feed tells. It may be older news than a scan has shown; then the
    /// feed tells of the new lease next.
    mutating func deleted(_ keys: [String], _ now: UInt64) {
        guard lastScan > 0 else { return }
        lastFedAt = now
        for key in keys {
            // What became of a lease with a write under way, its outcome tells.
            guard let entry = entries[key], entry.write == nil else { continue }
            if entry.tenure != nil {
                // A renewal tells whether it is gone, and it does no harm when it is not.
                if now >= entry.retryAt { write(.renew, key, now) }
            } else if !entry.isConsumerRunning {
                entries[key] = nil
            }
        }
        startReadyConsumers(now)
    }

    /// Changes were missed: a scan that begins from now on tells. Scans keep their distance, however often that happens.
    mutating func missedChanges(_ now: UInt64) {
        if scanStartedAt == nil { scanSoon(now) } else { isScanMissed = true }
    }

    /// Scans before the regular time, though not at once after the last scan.
    mutating func scanSoon(_ now: UInt64) {
        guard scanStartedAt == nil else { return }
        let soonest = lastScanAt.map { $0 + retryInterval } ?? now
        scheduleScan(at: min(nextScanAt, max(now, soonest)))
    }

    /// How long a worker leaves a lease, that the feed has told everybody of at the same time, to those that come before it.
    /// Each worker puts all workers with room in the same order, another one for each lease: so the first takes it, and the
    /// others need not find out that they are too late. Whom nobody knows yet, or who is gone, costs only the delay.
    func courtesy(_ key: String, share: Int) -> UInt64 {
        let hash = Self.hash(key)
        let own = Self.affinity(Self.hash(workerID), hash)
        var before: UInt64 = 0
        for (worker, load) in entries.loads where load < share && worker != workerID {
            if Self.affinity(Self.hash(worker), hash) < own { before += 1 }
            if before == 10 { break }
        }
        // The others take it, and the feed tells of that, in the time of a call, however long the fail-over time is.
        return before * min(failoverTime / 100, 20_000_000)
    }

    /// A number that is the same in every worker, and any for each pair of a worker and a lease.
    private static func affinity(_ worker: UInt64, _ lease: UInt64) -> UInt64 {
        var generator = SplitMix64(seed: worker ^ lease)
        return generator.next()
    }

    /// FNV-1a.
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}

extension Lease {
    /// Whether two versions of a lease name the same workers, and have the same counter.
    fileprivate func isLike(_ other: Lease) -> Bool {
        counter == other.counter && owner == other.owner && handOffTo == other.handOffTo
    }
}
