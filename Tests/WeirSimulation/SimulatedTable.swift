import WeirLeases

/// A lease table in memory: does to leases what the requests of `LeaseTable` do to items. `SimulatedTableTests` compares the
/// two.
package struct SimulatedTable: Sendable {
    /// All leases, by key.
    package private(set) var leases: [Lease] = []
    private var places: [String: Int] = [:]
    /// How many writes took effect.
    package private(set) var writeCount = 0

    package init() {}

    package subscript(key: String) -> Lease? { places[key].map { leases[$0] } }

    /// False when there is such a lease already.
    package mutating func create(_ lease: Lease) -> Bool {
        guard places[lease.key] == nil else { return false }
        writeCount += 1
        // Keys mostly come in order.
        var place = leases.count
        while place > 0, lease.key < leases[place - 1].key { place -= 1 }
        leases.insert(lease, at: place)
        for index in place..<leases.count { places[leases[index].key] = index }
        return true
    }

    package mutating func delete(_ key: String) {
        writeCount += 1
        guard let place = places.removeValue(forKey: key) else { return }
        leases.remove(at: place)
        for index in place..<leases.count { places[leases[index].key] = index }
    }

    /// False when the condition does not hold.
    ///
    /// - Parameters:
    ///   - ignoresConditions: whether the write takes effect all the same, as in a table that is broken.
    ///   - isWeirs: false for a worker of the KCL, which knows nothing of the marks of Weir's workers.
    package mutating func update(_ write: LeaseWrite, ignoresConditions: Bool = false, isWeirs: Bool = true) -> Bool {
        guard let place = places[write.lease.key] else { return false }
        guard ignoresConditions || Self.holds(write, leases[place]) else { return false }
        writeCount += 1
        apply(write, place, isWeirs)
        if let throughput = write.throughput { leases[place].throughput = throughput }
        return true
    }

    private static func holds(_ write: LeaseWrite, _ lease: Lease) -> Bool {
        switch write.change {
        case .take, .renew, .checkpoint, .prepare, .transfer:
            lease.counter == write.lease.counter && lease.owner == write.lease.owner
        case .release: lease.owner == write.lease.owner
        case .requestHandOff: lease.owner == write.lease.owner && lease.handOffTo == nil
        case .withdrawHandOff(let worker): lease.owner == write.lease.owner && lease.handOffTo == worker
        }
    }

    private mutating func apply(_ write: LeaseWrite, _ place: Int, _ isWeirs: Bool) {
        switch write.change {
        case .renew:
            leases[place].counter = write.lease.counter + 1
        case .take(let worker), .transfer(let worker):
            leases[place].counter = write.lease.counter + 1
            leases[place].owner = worker
            if isWeirs {
                leases[place].weirOwner = worker
                leases[place].handOffTo = nil
            }
            if let owner = write.lease.owner, owner != worker { leases[place].ownerSwitchesSinceCheckpoint += 1 }
        case .checkpoint(let checkpoint):
            leases[place].counter = write.lease.counter + 1
            leases[place].checkpoint = checkpoint
            leases[place].ownerSwitchesSinceCheckpoint = 0
            if write.result.pendingCheckpoint == nil { leases[place].pendingCheckpoint = nil }
            if let range = write.lease.hashKeyRange { leases[place].hashKeyRange = range }
            let children = write.lease.childShardIDs
            if !children.isEmpty { leases[place].childShardIDs = children }
        case .prepare(let pending):
            leases[place].counter = write.lease.counter + 1
            leases[place].pendingCheckpoint = pending
        case .release:
            leases[place].counter = write.lease.counter + 1
            leases[place].owner = nil
            if isWeirs {
                leases[place].weirOwner = nil
                leases[place].handOffTo = nil
            }
        case .requestHandOff(let worker):
            leases[place].handOffTo = worker
        case .withdrawHandOff:
            leases[place].handOffTo = nil
        }
    }

    /// Notes the shards that go on where one ended.
    package mutating func setChildren(_ children: Set<String>, of key: String) {
        guard let place = places[key] else { return }
        writeCount += 1
        leases[place].childShardIDs = children
    }
}
