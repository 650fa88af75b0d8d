// How workers share the leases out: from what each sees in the table, without talking to each other.
extension LeaseStateMachine {
    mutating func scanned(_ leases: [Lease], _ now: UInt64) {
        let startedAt = scanStartedAt ?? now
        scanStartedAt = nil
        lastScan = scansBegun
        for lease in leases { merge(lease, startedAt: startedAt, now) }
        forgetAbsent(leases, startedAt: startedAt)
        startReadyConsumers(now)
        share(now)
        scheduleScan(at: isScanMissed ? max(now, startedAt + retryInterval) : nextScan(after: startedAt, now))
        isScanMissed = false
    }

    /// The next scan comes at once when a child waits for it. Else it is a regular one, or comes at the moment when the
    /// next lease of another worker expires: when that is before it, or so soon after it that one scan does for both.
    private func nextScan(after startedAt: UInt64, _ now: UInt64) -> UInt64 {
        if entries.values.contains(where: { $0.tenure?.state == .waiting && parents(of: $0) == .unclear }) {
            return now
        }
        let regular = startedAt + scanInterval
        var expiry = UInt64.max
        for entry in entries.values where entry.tenure == nil && entry.lease.owner != nil && !entry.lease.isEnded {
            let expiresAt = entry.expiresAt(failoverTime) + 1
            if expiresAt > now { expiry = min(expiry, expiresAt) }
        }
        return expiry <= regular + retryInterval ? max(expiry, now + retryInterval) : regular
    }

    /// Takes note of a lease as a scan that began at `startedAt` showed it.
    mutating func merge(_ lease: Lease, startedAt: UInt64, _ now: UInt64) {
        let key = lease.key
        guard let entry = entries[key] else {
            entries[key] = LeaseEntry(lease, now: now, scan: scansBegun)
            return
        }
        let known = entry.lease
        // The scan may have read the lease before this worker's last write of it, or from a replica that lags behind. If
        // a lease that is held here was deleted and made again, its next write fails and tells.
        if lease.counter < known.counter, entry.learnedAt >= startedAt || entry.tenure != nil { return }
        if entry.tenure != nil {
            if lease.counter == known.counter || entry.write != nil {
                // While a write is under way its outcome tells who owns the lease.
                if lease.owner == workerID { entries[key]?.lease.handOffTo = lease.handOffTo }
                return
            }
            // An own write that was given up for lost has arrived late: nobody else makes this worker the owner. The next
            // renewal, which is due since, goes on from there and moves the end of the tenure.
            let isOwnLateWrite = lease.owner == workerID && lease.counter == known.counter + 1
            if !isOwnLateWrite { lose(key, .taken(by: lease.owner)) }
        }
        entries[key]?.lease = lease
        if lease.counter != known.counter {
            entries[key]?.changedAt = now
            entries[key]?.learnedAt = now
            // A write that failed is paused while the lease looks as it did then.
            if entry.tenure == nil { entries[key]?.retryAt = now }
        }
        // A request ends when the lease is this worker's, or when the owner turned it down.
        if let owner = lease.owner, owner != workerID {
            let isAsked = lease.handOffTo == workerID
            entries[key]?.request = isAsked ? entry.request ?? .init(owner: owner, at: now) : nil
        }
    }

    /// Forgets leases that are not in the table any more. Of those that are held here the next write tells.
    private mutating func forgetAbsent(_ leases: [Lease], startedAt: UInt64) {
        guard leases.count < entries.count else { return }
        let present = Set(leases.map(\.key))
        for (key, entry) in entries where !present.contains(key) && entry.learnedAt < startedAt {
            let isIdle = entry.tenure == nil && entry.write == nil && !entry.isConsumerRunning
            if isIdle { entries[key] = nil }
        }
    }

    /// Decides what to take, to hand over and to ask for, from what is known of the table.
    mutating func share(_ now: UInt64) {
        guard !isShuttingDown else { return }
        answerRequests(now)
        resumeOwn(now)
        takeAvailable(now)
        stealOverdue(now)
        balance(now)
    }

    /// Leases by the worker that holds them, or will when requests under way are followed. A live worker that gives its
    /// last lease away still counts.
    private func loads(_ now: UInt64) -> [String: Int] {
        var loads = [workerID: 0]
        for entry in entries.values where !entry.lease.isEnded {
            if entry.isMine(workerID) {
                loads[workerID, default: 0] += 1
            } else if let worker = entry.handedTo {
                loads[worker, default: 0] += 1
            } else if let owner = entry.lease.owner, !isAvailable(entry, now) {
                var requester = entry.lease.isOwnedByWeirWorker ? entry.lease.handOffTo : nil
                if entry.isBeingRequested { requester = workerID }
                loads[owner, default: 0] += 0
                loads[requester ?? owner, default: 0] += 1
            }
        }
        return loads
    }

    /// Whether nobody holds the lease: it has no owner, or its owner gave no sign of life for the fail-over time.
    private func isAvailable(_ entry: LeaseEntry, _ now: UInt64) -> Bool {
        guard !entry.isMine(workerID), entry.handedTo == nil, !entry.lease.isEnded else { return false }
        return entry.lease.owner == nil || now > entry.expiresAt(failoverTime)
    }

    /// Follows the requests of other workers where that evens the load, and turns the others down.
    mutating func answerRequests(_ now: UInt64) {
        var loads: [String: Int]?
        for key in entries.keys.sorted() {
            guard let entry = entries[key], let tenure = entry.tenure, let requester = entry.lease.handOffTo,
                requester != workerID, entry.handedTo == nil
            else { continue }
            if case .stopping = tenure.state { continue }
            if case .stopped = tenure.state { continue }
            var current = loads ?? self.loads(now)
            if current[workerID, default: 0] >= current[requester, default: 0] + 2 {
                current[workerID, default: 0] -= 1
                current[requester, default: 0] += 1
                depart(key, .handOff(to: requester), now)
            } else if entry.write == nil {
                write(.withdrawHandOff(to: requester), key, now)
            }
            loads = current
        }
    }

    /// Takes up leases that name this worker although it does not hold them: handed over to it, or its own from before.
    mutating func resumeOwn(_ now: UInt64) {
        for key in entries.keys.sorted() {
            guard let entry = entries[key], entry.lease.owner == workerID, canTake(entry), now >= entry.retryAt
            else { continue }
            write(.take(worker: workerID), key, now)
        }
    }

    private func canTake(_ entry: LeaseEntry) -> Bool {
        entry.tenure == nil && entry.write == nil && !entry.isConsumerRunning && !entry.lease.isEnded
            && entry.lease.checkpointOwner == nil
    }

    /// Takes leases that nobody holds, up to an even share. Those that nobody took for long are taken beyond it. Of leases
    /// that all workers are told of, each leaves some to the others first.
    mutating func takeAvailable(_ now: UInt64, isTold: Bool = false) {
        nextTakeAt = .max
        var available: [String] = []
        for key in entries.keys.sorted() {
            guard let entry = entries[key] else { continue }
            let isAvailable = isAvailable(entry, now)
            entries[key]?.availableSince = isAvailable ? entry.availableSince ?? now : nil
            if !isAvailable { entries[key]?.takeAt = nil }
            if isAvailable, canTake(entry), now >= entry.retryAt { available.append(key) }
        }
        guard !available.isEmpty else { return }
        let loads = loads(now)
        var mine = loads[workerID, default: 0]
        let active = entries.values.lazy.filter { !$0.lease.isEnded }.count
        let share = (active + loads.count - 1) / loads.count
        available.shuffle(using: &random)
        for key in available where mine < configuration.maximumLeases {
            let waited = now - (entries[key]?.availableSince ?? now)
            guard mine < share || waited > 2 * failoverTime else { continue }
            if isTold {
                let takeAt = entries[key]?.takeAt ?? now + courtesy(key, loads: loads, share: share)
                entries[key]?.takeAt = takeAt
                guard now >= takeAt else {
                    nextTakeAt = min(nextTakeAt, takeAt)
                    continue
                }
            }
            write(.take(worker: workerID), key, now)
            mine += 1
        }
        wake(at: nextTakeAt)
    }

    /// Steals leases whose owners were asked to hand them over and did not in time.
    private mutating func stealOverdue(_ now: UInt64) {
        for key in entries.keys.sorted() {
            guard let entry = entries[key], let request = entry.request, canTake(entry),
                entry.lease.owner != workerID, entry.lease.handOffTo == workerID, now >= request.at + handOffTimeout
            else { continue }
            write(.take(worker: workerID), key, now)
        }
    }

    /// Asks the most loaded workers for leases until the loads differ by one at most. Workers that understand no
    /// requests are stolen from, one lease a scan.
    private mutating func balance(_ now: UInt64) {
        guard !entries.values.contains(where: { isAvailable($0, now) && canTake($0) }) else { return }
        var loads = loads(now)
        var moves = 0
        var hasStolen = false
        while moves < configuration.maximumMovesPerScan, loads[workerID, default: 0] < configuration.maximumLeases {
            let most = loads.values.max() ?? 0
            guard most >= loads[workerID, default: 0] + 2 else { return }
            let owners = loads.filter { $0.value == most }.keys.sorted()
            guard let owner = owners.randomElement(using: &random) else { return }
            let candidates = entries.keys.sorted().filter { key in
                guard let entry = entries[key], entry.lease.owner == owner, canTake(entry) else { return false }
                return !isAvailable(entry, now)
                    && (entry.lease.isOwnedByWeirWorker ? entry.lease.handOffTo == nil : !hasStolen)
            }
            guard let key = candidates.randomElement(using: &random) else { return }
            if entries[key]?.lease.isOwnedByWeirWorker == true {
                write(.requestHandOff(to: workerID), key, now)
            } else {
                write(.take(worker: workerID), key, now)
                hasStolen = true
            }
            loads[owner, default: 0] -= 1
            loads[workerID, default: 0] += 1
            moves += 1
        }
    }
}
