// How workers share the leases out: from what each sees in the table, without talking to each other.
extension LeaseStateMachine {
    mutating func scanned(_ leases: [Lease], _ now: UInt64) {
        let startedAt = scanStartedAt ?? now
        scanStartedAt = nil
        lastScan = scansBegun
        for lease in leases where entries.note(lease) == .other { merge(lease, startedAt: startedAt, now) }
        forgetAbsent(leases, startedAt: startedAt)
        noteExpired(now)
        startReadyConsumers(now)
        takeLimit = min(2 * takeLimit, 1 << 20)
        let known = actions.count
        share(now)
        isSettled = actions.count == known
        if isScanMissed {
            scheduleScan(at: max(now, startedAt + retryInterval))
        } else if isWaitingForScan {
            scheduleScan(at: now)
        } else {
            scheduleRegularScan(since: startedAt, now)
        }
        isScanMissed = false
    }

    /// Whether a child waits for a scan, which tells whether its parents have leases.
    private var isWaitingForScan: Bool {
        entries.concerned.contains { key in
            guard let entry = entries[key] else { return false }
            return entry.tenure?.state == .waiting && parents(of: entry) == .unclear
        }
    }

    /// The next scan is a regular one, or comes at the moment when the next lease of another worker expires: when that is
    /// before it, or so soon after it that one scan does for both.
    mutating func scheduleRegularScan(since startedAt: UInt64, _ now: UInt64) {
        let regular = startedAt + scanInterval
        var expiry = UInt64.max
        for entry in entries.values where isExpiring(entry) {
            let expiresAt = entry.expiresAt(failoverTime) + 1
            if expiresAt > now { expiry = min(expiry, expiresAt) }
        }
        let isExpiry = expiry <= regular + retryInterval
        scheduleScan(at: isExpiry ? max(expiry, now + retryInterval) : regular, isNeeded: isExpiry)
    }

    /// Whether a lease of another worker is to be watched for signs of life.
    private func isExpiring(_ entry: LeaseEntry) -> Bool {
        entry.tenure == nil && entry.lease.owner != nil && !entry.lease.isEnded
    }

    /// While the change feed tells of what the others do and nothing is to be done, a regular scan each fail-over time is
    /// enough.
    func mayPostponeScan(_ now: UInt64) -> Bool {
        guard isSettled, !isScanNeeded, isFed(now), let lastScanAt else { return false }
        return now < lastScanAt + failoverTime
    }

    /// Notes which owners gave no sign of life for the fail-over time.
    private mutating func noteExpired(_ now: UInt64) {
        var expired: [String] = []
        for (key, entry) in zip(entries.keys, entries.values)
        where isExpiring(entry) && !entry.isExpired && now > entry.expiresAt(failoverTime) {
            expired.append(key)
        }
        for key in expired.sorted() { entries[key]?.isExpired = true }
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
        // A lease that was deleted and made again may be at the same counter, for another owner.
        if lease.counter != known.counter || lease.owner != known.owner {
            entries[key]?.showsLife(now)
            // A write that failed is paused while the lease looks as it did then.
            if entry.tenure == nil { entries[key]?.retryAt = 0 }
        }
        // A request ends when the lease is this worker's, or when the owner turned it down.
        if let owner = lease.owner, owner != workerID {
            let isAsked = lease.handOffTo == workerID
            entries[key]?.request = isAsked ? entry.request ?? .init(owner: owner, at: now) : nil
            // Others have asked the same owner: another one may have leases to spare.
            if !isAsked, entry.request != nil { scanSoon(now) }
        }
    }

    /// Forgets leases that are not in the table any more. Of those that are held here the next write tells.
    private mutating func forgetAbsent(_ leases: [Lease], startedAt: UInt64) {
        guard leases.count < entries.count else { return }
        let present = Set(leases.map(\.key))
        var absent: [String] = []
        for (key, entry) in zip(entries.keys, entries.values)
        where !present.contains(key) && entry.learnedAt < startedAt {
            let isIdle = entry.tenure == nil && entry.write == nil && !entry.isConsumerRunning
            if isIdle { absent.append(key) }
        }
        for key in absent.sorted() { entries[key] = nil }
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

    /// Follows the requests of other workers where that evens the load, and turns the others down.
    mutating func answerRequests(_ now: UInt64) {
        for key in entries.concerned.sorted() {
            guard let entry = entries[key], let tenure = entry.tenure, let requester = entry.lease.handOffTo,
                requester != workerID, entry.handedTo == nil
            else { continue }
            if case .stopping = tenure.state { continue }
            if case .stopped = tenure.state { continue }
            if evens(entry, handedTo: requester) {
                depart(key, .handOff(to: requester), now)
            } else if entry.write == nil {
                write(.withdrawHandOff(to: requester), key, now)
            }
        }
    }

    /// Takes up leases that name this worker although it does not hold them: handed over to it, or its own from before.
    mutating func resumeOwn(_ now: UInt64) {
        for key in entries.concerned.sorted() {
            guard let entry = entries[key], entry.lease.owner == workerID, now >= entry.retryAt else { continue }
            if canTake(entry) {
                write(.take(worker: workerID), key, now)
            } else if isLeftBehind(entry, now) {
                write(.release, key, now)
            }
        }
    }

    private func canTake(_ entry: LeaseEntry) -> Bool {
        isFree(entry) && entries.scope.covers(entry.lease) && entry.lease.checkpointOwner == nil
    }

    /// Whether this worker does nothing about a lease that has not ended.
    func isFree(_ entry: LeaseEntry) -> Bool {
        entry.tenure == nil && entry.write == nil && !entry.isConsumerRunning && !entry.lease.isEnded
    }

    /// Takes leases that nobody holds, up to an even share. Those that nobody took for long are taken beyond it. Of leases
    /// that all workers are told of, each leaves some to the others first.
    mutating func takeAvailable(_ now: UInt64, isTold: Bool = false) {
        nextTakeAt = .max
        isTakingLimited = false
        let share = entries.share
        guard !entries.available.isEmpty, !isTold || entries.ownLoad < share else { return }
        // Those that have waited for long may be taken beyond the share.
        let longWait = 2 * failoverTime
        func isLong(_ since: UInt64) -> Bool { since < now && now - since > longWait }
        let isAnyLong = isLong(entries.available.oldest)
        var (looks, room) = (isTold ? 4 * (share - entries.ownLoad) + 64 : .max, takeLimit - takesUnderWay)
        var load = entries.ownLoad
        var taken: [String] = []
        var places = entries.available.shuffled()
        while looks > 0, load < configuration.maximumLeases, load < share || isAnyLong,
            let place = places.draw(using: &random)
        {
            let (key, since) = (entries.available.elements[place].key, entries.available.elements[place].since)
            guard let entry = entries[key], canTake(entry), now >= entry.retryAt else { continue }
            looks -= 1
            guard load < share || isLong(since) else { continue }
            if isTold {
                let takeAt = entry.takeAt ?? now + courtesy(key, share: share)
                if entry.takeAt == nil { entries[key]?.takeAt = takeAt }
                guard now >= takeAt else {
                    nextTakeAt = min(nextTakeAt, takeAt)
                    continue
                }
            }
            guard room > 0 else {
                isTakingLimited = true
                break
            }
            room -= 1
            load += 1
            taken.append(key)
        }
        for key in taken { write(.take(worker: workerID), key, now) }
        wake(at: nextTakeAt)
    }

    private var takesUnderWay: Int {
        entries.concerned.count { key in
            if case .take = entries[key]?.write?.change { true } else { false }
        }
    }

    /// A take has ended. When it was the last one, and the limit kept others back, another scan shows what the others have
    /// taken meanwhile.
    mutating func tookOne(_ now: UInt64) {
        guard isTakingLimited, takesUnderWay == 0, scanStartedAt == nil, !isShuttingDown else { return }
        isTakingLimited = false
        scheduleScan(at: now)
    }

    /// Steals leases whose owners were asked to hand them over and did not in time.
    private mutating func stealOverdue(_ now: UInt64) {
        for key in entries.concerned.sorted() {
            guard let entry = entries[key], let request = entry.request, canTake(entry),
                entry.lease.owner != workerID, entry.lease.handOffTo == workerID, now >= request.at + handOffTimeout
            else { continue }
            write(.take(worker: workerID), key, now)
        }
    }

    /// Asks the most loaded workers for leases until the loads differ by one at most. Workers that understand no
    /// requests are stolen from, one lease a scan.
    private mutating func balance(_ now: UInt64) {
        guard isBehind, !entries.available.elements.contains(where: { entries[$0.key].map { canTake($0) } ?? false })
        else { return }
        var candidates = candidates()
        if goesByThroughput { return balanceByThroughput(candidates, now) }
        var moves = 0
        var hasStolen = false
        while moves < configuration.maximumMovesPerScan, entries.ownLoad < configuration.maximumLeases, isBehind {
            let most = entries.loads.values.max() ?? 0
            let owners = entries.loads.filter { $0.value == most }.keys.sorted()
            guard let owner = owners.randomElement(using: &random) else { return }
            let keys = (candidates[owner] ?? []).filter {
                !hasStolen || entries[$0]?.lease.isOwnedByWeirWorker == true
            }
            guard let key = keys.randomElement(using: &random) else { return }
            candidates[owner]?.removeAll { $0 == key }
            if entries[key]?.lease.isOwnedByWeirWorker == true {
                write(.requestHandOff(to: workerID), key, now)
            } else {
                write(.take(worker: workerID), key, now)
                hasStolen = true
            }
            moves += 1
        }
    }

    /// Whether another worker has two leases more, or so much more to do that this is not tolerated.
    var isBehind: Bool {
        goesByThroughput ? entries.weights.isBehind : (entries.loads.values.max() ?? 0) >= entries.ownLoad + 2
    }

    /// The leases that others may be asked for, by their owners.
    private func candidates() -> [String: [String]] {
        var candidates: [String: [String]] = [:]
        for (key, entry) in zip(entries.keys, entries.values) {
            guard let owner = entry.lease.owner, owner != workerID, !entry.isExpired, canTake(entry) else { continue }
            guard goesByThroughput || entries.loads[owner, default: 0] >= entries.ownLoad + 2 else { continue }
            guard !entry.lease.isOwnedByWeirWorker || entry.lease.handOffTo == nil else { continue }
            candidates[owner, default: []].append(key)
        }
        return candidates.mapValues { $0.sorted() }
    }
}
