import WeirLeases
import WeirModel
import WeirWire

// What happens to workers, and what they do.
extension LeaseSimulation {
    /// Begins a worker whose leases are there.
    package func join(_ id: String, handOffTimeout: Duration? = nil) {
        feed(add(id, handOffTimeout), .tick)
    }

    /// Begins a worker as one is begun that knows nothing: it compares the leases with the shards first, and from then on each
    /// four times the fail-over time.
    package func start(_ id: String) {
        let worker = add(id, nil)
        synchronize(worker, isFirst: true)
    }

    private func add(_ id: String, _ handOffTimeout: Duration?) -> SimulatedWorker {
        var configuration = LeaseStateMachine.Configuration(
            workerID: id,
            failoverTime: .nanoseconds(Int64(defect == .takesTooEarly ? failoverTime / 4 : failoverTime))
        )
        if let handOffTimeout { configuration.handOffTimeout = handOffTimeout }
        configuration.balance = balance
        if defect == .noBalance { configuration.maximumMovesPerScan = 0 }
        if !streams.isEmpty { configuration.scope = .streams(readStreams) }
        tell("\(id) begins")
        let worker = SimulatedWorker(
            id: id,
            machine: LeaseStateMachine(configuration: configuration, seed: random.next()),
            startedAt: now,
            origin: random.time(below: 1000 * Self.second)
        )
        worker.streams = readStreams
        add(worker)
        at(now + 5 * Self.millisecond) { worker.isFed = true }
        if balance == .throughput, defect != .throughputIsNotTold { measureLater(worker) }
        return worker
    }

    /// Tells the machine again and again what its consumers were given: each time a little more or less.
    private func measureLater(_ worker: SimulatedWorker) {
        at(now + failoverTime / 3) {
            guard self.workers[worker.id] === worker else { return }
            let throughputs = worker.consumers.keys.sorted().map { key in
                let expected = self.stream.shards[key]?.bytesPerSecond ?? 0
                return (key, expected * Int64(970 + self.random.below(61)) / 1000)
            }
            self.tell(worker, .measured(Dictionary(uniqueKeysWithValues: throughputs)))
            self.measureLater(worker)
        }
    }

    /// The process is gone, with all it knew.
    package func kill(_ id: String) {
        tell("\(id) is killed")
        remove(id)
    }

    /// The process does nothing for a while; answers and timers wait for it.
    package func pause(_ id: String, for duration: UInt64) {
        tell("\(id) sleeps for \(LeaseOracle.seconds(duration))")
        workers[id]?.pausedUntil = now + duration
    }

    package func shutdown(_ id: String) {
        tell("\(id) is to stop")
        if defect == .keepsLeasesAtShutdown { return kill(id) }
        if let worker = workers[id] { whenAwake(worker) { self.feed(worker, .shutdown) } }
    }

    /// Sets a worker's wall clock.
    package func setClock(_ id: String, ahead nanoseconds: Int64) {
        guard let worker = workers[id] else { return }
        worker.skew = nanoseconds
        // A process that waited for a time by this clock looks at it again.
        if defect == .wallClockLiveness {
            worker.timer = .max
            whenAwake(worker) { self.feed(worker, .tick) }
        }
    }

    /// The application is to read these streams. Each worker learns it within half a fail-over time.
    package func read(_ streams: Set<StreamIdentity>) {
        tell("to be read: \(streams.map(\.streamName).sorted())")
        readStreams = streams
        for id in workerIDs {
            guard let worker = workers[id] else { continue }
            at(now + random.time(below: failoverTime / 2)) {
                self.whenAwake(worker) {
                    // As it is then: another change may have overtaken this one.
                    worker.streams = self.readStreams
                    if self.defect != .scopeIsIgnored { self.feed(worker, .scope(.streams(self.readStreams))) }
                }
            }
        }
    }

    /// No call of the worker reaches the table for a while, or none reaches the stream.
    package func cutFromTable(_ id: String, for duration: UInt64) { cut(id, .table, duration) }
    package func cutFromStream(_ id: String, for duration: UInt64) { cut(id, .stream, duration) }

    private func cut(_ id: String, _ service: SimulatedService, _ duration: UInt64) {
        guard let worker = workers[id] else { return }
        tell("\(id) is cut off the \(service) for \(LeaseOracle.seconds(duration))")
        worker.cutUntil[service] = max(now + duration, worker.cutUntil[service, default: 0])
        guard service == .table, feedDelay != nil else { return }
        at(now + duration) { if !worker.isCut(from: .table, at: self.now) { self.tell(worker, .missedChanges) } }
    }

    /// The table answers nothing for a while, and its change feed forgets what it was to tell.
    package func restartTable(for duration: UInt64) {
        tell("the table is down for \(LeaseOracle.seconds(duration))")
        tableDownUntil = max(tableDownUntil, now + duration)
        untold = []
        guard feedDelay != nil else { return }
        at(now + duration) { for id in self.workerIDs { self.workers[id].map { self.tell($0, .missedChanges) } } }
    }

    // MARK: The machine

    /// The time by the clock that the worker's machine is told of.
    func clock(_ worker: SimulatedWorker) -> UInt64 {
        let time = now + worker.origin
        return defect == .wallClockLiveness ? time + worker.jumped : time
    }

    /// The simulation's time, from that of the machine.
    private func time(_ deadline: UInt64, _ worker: SimulatedWorker) -> UInt64 {
        guard deadline < .max else { return .max }
        let ahead = clock(worker) - now
        return deadline > ahead ? deadline - ahead : 0
    }

    /// Gives a worker an event, as soon as it is awake.
    func tell(_ worker: SimulatedWorker, _ event: LeaseStateMachine.Event) {
        whenAwake(worker) { self.feed(worker, event) }
    }

    func feed(_ worker: SimulatedWorker, _ event: LeaseStateMachine.Event) {
        guard workers[worker.id] === worker else { return }
        guard worker.pausedUntil <= now else { return tell(worker, event) }
        tell("   \(worker.id) <- \(String(describing: event).prefix(300))")
        for action in worker.machine.handle(event, at: clock(worker)) { perform(action, worker) }
        let deadline = time(worker.machine.nextDeadline, worker)
        guard deadline < worker.timer else { return }
        worker.timer = deadline
        at(deadline) {
            guard worker.timer == deadline else { return }
            worker.timer = .max
            self.tell(worker, .tick)
        }
    }

    private func perform(_ action: LeaseStateMachine.Action, _ worker: SimulatedWorker) {
        switch action {
        case .scan: scan(worker)
        case .read(let key): read(key, worker)
        case .write(let write): self.write(write, worker)
        case .startConsumer(let lease, let deadline): start(lease, time(deadline, worker), worker)
        case .stopConsumer(let key, let reason): stop(key, reason, worker)
        case .holdUntil(let key, let deadline): hold(key, time(deadline, worker), worker)
        case .checkpointed(let key, let checkpoint): checkpointed(key, checkpoint, worker)
        case .prepared(let key, let pending): prepared(key, pending, worker)
        case .checkpointRefused: break
        case .report(let report):
            note(2)
            tell("\(worker.id): \(report)")
            reports.append((worker.id, now, report))
            oracle.reported(report, by: worker.id, table, at: now)
        case .finished: remove(worker.id)
        }
    }
}
