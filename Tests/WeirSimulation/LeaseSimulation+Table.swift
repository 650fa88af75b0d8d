import WeirLeases

// Calls, and what becomes of them.
extension LeaseSimulation {
    /// A write behind the workers' backs, as a Java worker would do it.
    package func write(_ change: LeaseWrite.Change, _ key: String) {
        guard let lease = lease(key), table.update(LeaseWrite(change, of: lease, decidedAt: now), isWeirs: false) else {
            return
        }
        announce(key)
    }

    /// False when there is such a lease already.
    @discardableResult
    package func create(_ lease: Lease) -> Bool {
        guard table.create(lease) else { return false }
        oracle.created(lease, stream, at: now)
        announce(lease.key)
        return true
    }

    /// Deletes a lease, as one who cleans up does.
    package func delete(_ key: String, isMistake: Bool = false) {
        tell("the lease of \(key) is deleted")
        if isMistake { oracle.mistaken(key) }
        table.delete(key)
        oracle.deleted(key, at: now)
        announce(key)
    }

    /// Has the change feed tell every worker of a lease as it is now.
    private func announce(_ key: String) {
        guard let feedDelay, now >= tableDownUntil else { return }
        if untold.isEmpty { at(now + feedDelay) { self.tellOfChanges() } }
        switch (table[key], untold.last) {
        case (let lease?, .changed(let leases)):
            untold[untold.count - 1] = .changed(leases + [lease])
        case (let lease?, _): untold.append(.changed([lease]))
        case (nil, _): untold.append(.deleted([key]))
        }
    }

    private func tellOfChanges() {
        let events = untold
        untold = []
        guard defect != .feedIsIgnored else { return }
        for id in workerIDs {
            guard let worker = workers[id], worker.isFed, !worker.isCut(from: .table, at: now) else { continue }
            if random.chance(faults.missedChange) {
                tell(worker, .missedChanges)
                continue
            }
            for event in events {
                if case .changed(let leases) = event, let defect {
                    tell(worker, .changed(defect.shown(leases, to: id)))
                } else {
                    tell(worker, event)
                }
            }
        }
    }

    // MARK: The calls of a machine

    func scan(_ worker: SimulatedWorker) {
        scanCount += 1
        call(worker, .table, mayRepeatAnswer: true) {
            self.table.leases
        } then: { leases in
            guard let leases else { return self.tell(worker, .scanFailed) }
            self.tell(worker, .scanned(self.defect?.shown(leases, to: worker.id) ?? leases))
        }
    }

    func read(_ key: String, _ worker: SimulatedWorker) {
        call(worker, .table, mayRepeatAnswer: true) {
            self.table[key]
        } then: { (lease: Lease??) in
            switch lease {
            case .some(.some(var lease)):
                if let write = worker.refused[key], let defect = self.defect {
                    lease = defect.shown(lease, after: write)
                }
                self.tell(worker, .read(key: key, .found(lease)))
            case .some(.none): self.tell(worker, .read(key: key, .absent))
            case .none: self.tell(worker, .read(key: key, .failed))
            }
        }
    }

    func write(_ write: LeaseWrite, _ worker: SimulatedWorker) {
        call(worker, .table, mayRepeatAnswer: true) {
            self.perform(write, by: worker.id)
        } then: { outcome in
            worker.refused[write.lease.key] = outcome == .succeeded ? nil : write
            self.tell(worker, .wrote(write, outcome ?? .unknown))
        }
    }

    private func perform(_ write: LeaseWrite, by id: String) -> LeaseWriteOutcome {
        let key = write.lease.key
        updateCount += 1
        note(updateCount)
        switch write.change {
        case .checkpoint, .prepare: checkpointCount += 1
        default: break
        }
        let old = table[key]
        guard table.update(write, ignoresConditions: defect == .conditionsDoNothing), let new = table[key] else {
            refusedCount += 1
            tell("\(id) \(write.change) \(key) \(write.lease.counter): refused")
            return .conditionFailed
        }
        tell("\(id) \(write.change) \(key) \(write.lease.counter)")
        if let old { oracle.wrote(old, new, by: id, at: now) }
        if write.change == .checkpoint(.shardEnd) { oracle.ended(key, stream, table, at: now) }
        announce(key)
        return .succeeded
    }

    /// A call: there and back take one to five milliseconds each, and faults happen. Nil when the worker learns nothing.
    func call<T>(
        _ worker: SimulatedWorker,
        _ service: SimulatedService,
        mayRepeatAnswer: Bool = false,
        _ effect: @escaping () -> T,
        then: @escaping (T?) -> Void
    ) {
        let there = now + Self.millisecond + random.time(below: 4 * Self.millisecond)
        var back = Self.millisecond + random.time(below: 4 * Self.millisecond)
        let timeout = now + failoverTime / 2
        let answer = { (value: T?) in self.whenAwake(worker) { then(value) } }
        if worker.isCut(from: service, at: now) || random.chance(faults.lostRequest) {
            return at(timeout) { answer(nil) }
        }
        if random.chance(faults.throttled) { return at(there + back) { answer(nil) } }
        if random.chance(faults.lostResponse) {
            at(there) { if !self.isDown(service) { _ = effect() } }
            return at(timeout) { answer(nil) }
        }
        if random.chance(faults.lateRequest) {
            at(timeout) { answer(nil) }
            return at(timeout + 1 + random.time(below: failoverTime / 10)) {
                if !self.isDown(service) { _ = effect() }
            }
        }
        if random.chance(faults.slowCall) { back += random.time(below: timeout - min(timeout, there + back)) }
        let isRepeated = random.chance(faults.repeatedCall)
        let isAnsweredAgain = mayRepeatAnswer && random.chance(faults.repeatedAnswer)
        at(there) {
            guard !self.isDown(service) else { return self.at(self.now + back) { answer(nil) } }
            var value = effect()
            if isRepeated { value = effect() }
            self.at(self.now + back) { answer(value) }
            if isAnsweredAgain { self.at(self.now + 3 * back) { answer(value) } }
        }
    }

    private func isDown(_ service: SimulatedService) -> Bool { service == .table && now < tableDownUntil }
}
