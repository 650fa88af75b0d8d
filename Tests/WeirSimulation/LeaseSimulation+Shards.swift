import WeirLeases
import WeirModel
import WeirWire

// How workers keep leases in line with shards.
extension LeaseSimulation {
    /// Has a worker compare shards and leases, and sleep in the midst of it.
    package func dawdle(_ id: String, for duration: UInt64) {
        guard let worker = workers[id] else { return }
        whenAwake(worker) {
            self.synchronize(worker) { created in if let created { self.tell(worker, .created(created)) } }
        }
        at(now + 2 * Self.millisecond + random.time(below: 20 * Self.millisecond)) { self.pause(id, for: duration) }
    }

    /// Compares the leases with the shards, as a worker does when it begins and now and then.
    func synchronize(_ worker: SimulatedWorker, isFirst: Bool = false) {
        synchronize(worker) { created in
            let pause = isFirst ? self.failoverTime / 10 : self.comparisonInterval
            if let created {
                self.feed(worker, .created(created))
                if isFirst { self.feed(worker, .tick) }
                self.at(self.now + self.comparisonInterval) {
                    self.whenAwake(worker) { self.synchronize(worker) }
                }
            } else {
                self.at(self.now + pause) { self.whenAwake(worker) { self.synchronize(worker, isFirst: isFirst) } }
            }
        }
    }

    /// Compares the leases with the shards of all streams that the worker reads, or of one. Nil when a call failed.
    func synchronize(
        _ worker: SimulatedWorker,
        only stream: StreamIdentity? = nil,
        then: @escaping ([Lease]?) -> Void
    ) {
        let streams = stream.map { [$0] } ?? streams.filter { worker.streams.contains($0) }
        let askedAt = now
        call(worker, .stream) {
            self.stream.listed
        } then: { shards in
            guard let shards else { return then(nil) }
            self.readInParts(worker) { leases in
                guard let leases else { return then(nil) }
                let planned: [StreamIdentity?] = self.streams.isEmpty ? [nil] : streams
                var useless: [Lease] = []
                let plans = planned.map { stream in
                    let own = shards.filter { $0.stream == stream }
                    useless += self.useless(stream, own, leases, worker)
                    return self.plan(stream, own, leases, worker)
                }
                self.perform(plans, useless, askedAt, worker, then: then)
            }
        }
    }

    /// Reads the table in two calls, as large ones are read: in between others write to it.
    private func readInParts(_ worker: SimulatedWorker, then: @escaping ([Lease]?) -> Void) {
        let middle = table.leases.dropFirst(table.leases.count / 2).first?.key ?? ""
        let isLowerFirst = random.once(in: 2)
        func part(_ isLower: Bool) -> [Lease] { table.leases.filter { ($0.key < middle) == isLower } }
        call(worker, .table) {
            part(isLowerFirst)
        } then: { first in
            guard let first else { return then(nil) }
            self.call(worker, .table) {
                part(!isLowerFirst)
            } then: { second in
                then(second.map { (first + $0).sorted { $0.key < $1.key } })
            }
        }
    }

    private var grace: Duration {
        defect == .leasesAreMadeByOldLooks ? .zero : .nanoseconds(Int64(max(comparisonInterval, 4 * failoverTime)))
    }

    private func useless(
        _ stream: StreamIdentity?,
        _ shards: [SimulatedStream.Shard],
        _ leases: [Lease],
        _ worker: SimulatedWorker
    ) -> [Lease] {
        let own = leases.filter { $0.stream == stream }
        return worker.cares[stream, default: LeaseCareStateMachine(grace: grace)]
            .note(shards: shards.map(\.wire), leases: own, at: clock(worker)).leasesToDelete
    }

    private func plan(
        _ stream: StreamIdentity?,
        _ shards: [SimulatedStream.Shard],
        _ leases: [Lease],
        _ worker: SimulatedWorker
    ) -> ShardSyncPlan {
        let milliseconds = (Int64(now) + worker.skew) / 1_000_000
        return ShardSyncPlan(
            shards: shards.map(\.wire),
            leases: leases,
            stream: stream,
            initialPosition: initialPosition,
            initialTimestamp: initialPosition == .trimHorizon
                ? nil : Timestamp(millisecondsSinceEpoch: milliseconds)
        )
    }

    private func perform(
        _ plans: [ShardSyncPlan],
        _ useless: [Lease],
        _ askedAt: UInt64,
        _ worker: SimulatedWorker,
        then: @escaping ([Lease]?) -> Void
    ) {
        let (created, deleted) = (plans.flatMap(\.leasesToCreate), plans.flatMap(\.leasesToDelete))
        guard !created.isEmpty || !deleted.isEmpty || !useless.isEmpty else { return then([]) }
        let maximumAge = LeaseCareStateMachine(grace: grace).maximumAge
        if !created.isEmpty, now > askedAt + maximumAge, defect != .leasesAreMadeByOldLooks { return then(nil) }
        call(worker, .table) {
            for lease in useless where self.table[lease.key]?.checkpoint == lease.checkpoint {
                self.tell("\(worker.id) cleans up")
                self.cleanedCount += 1
                self.delete(lease.key)
            }
            for key in deleted where !self.isKept(key) { self.delete(key) }
            return created.filter { self.create($0) }
        } then: {
            then($0)
        }
    }

    /// Whether the lease of a shard that aged out is kept all the same.
    private func isKept(_ key: String) -> Bool {
        defect == .idleChildKeepsItsParent
            && (stream.shards[key]?.children ?? []).contains { table[$0]?.checkpoint == .trimHorizon }
    }

    /// Makes the leases of the shards that go on where one ended. Nil when a call failed.
    func createChildren(of key: String, _ worker: SimulatedWorker, then: @escaping ([Lease]?) -> Void) {
        let children = (stream.shards[key]?.children ?? []).compactMap { stream.shards[$0] }
        let parents = Set(children.flatMap(\.parents))
        if defect == .childrenAreLeftToTheAudit { return then([]) }
        guard parents.allSatisfy({ table[$0] != nil }) else {
            return synchronize(worker, only: stream.shards[key]?.stream) { created in
                guard let created else { return then(nil) }
                self.create(children, of: key, worker) { more in then(more.map { created + $0 }) }
            }
        }
        create(children, of: key, worker, then: then)
    }

    private func create(
        _ children: [SimulatedStream.Shard],
        of key: String,
        _ worker: SimulatedWorker,
        then: @escaping ([Lease]?) -> Void
    ) {
        call(worker, .table) {
            let created = children.map { child in
                Lease(
                    key: child.key,
                    stream: child.stream,
                    checkpoint: .trimHorizon,
                    parentShardIDs: Set(child.parentShardIDs),
                    hashKeyRange: child.range
                )
            }.filter { self.create($0) }
            self.table.setChildren(Set(children.map(\.shardID)), of: key)
            return created
        } then: {
            then($0)
        }
    }
}
