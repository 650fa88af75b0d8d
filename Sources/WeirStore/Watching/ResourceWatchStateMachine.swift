import WeirModel

/// The watches of the shards of a stream.
typealias ShardWatchStateMachine = ResourceWatchStateMachine<ShardID>

/// Who waits for something to happen to a resource (a shard, a table), and who has to be woken: no I/O, and no knowledge of
/// records or items.
///
/// A watch goes `begin` → (its owner looks whether what it waits for is there already) → `park` → woken, or `cancel` → `end`.
/// What happens between `begin` and `park` is kept, so that nothing that comes after the look is missed.
struct ResourceWatchStateMachine<Resource: Hashable & Sendable>: Hashable {
    /// One watch.
    struct Watch: Hashable, Sendable {
        let resource: Resource
        fileprivate let number: UInt64
    }

    private enum Phase {
        case watching
        case parked
        /// Something happened that nobody was woken for yet.
        case signalled
        case cancelled
    }

    /// The watches of each resource, so that the others are not even looked at.
    private var phases: [Resource: [UInt64: Phase]] = [:]
    private var nextNumber: UInt64 = 0

    /// How many watches there are.
    private(set) var count = 0

    /// Somebody begins to watch a resource.
    mutating func begin(_ resource: Resource) -> Watch {
        defer {
            nextNumber += 1
            count += 1
        }
        let watch = Watch(resource: resource, number: nextNumber)
        self[watch] = .watching
        return watch
    }

    /// The owner found nothing and wants to wait. Returns whether it has to; if not, it looks again.
    mutating func park(_ watch: Watch) -> Bool {
        switch self[watch] {
        case .watching, .parked:
            self[watch] = .parked
            return true
        case .signalled:
            self[watch] = .watching
            return false
        case .cancelled, nil:
            return false
        }
    }

    /// Something happened to these resources. Returns the watches whose owners wait: they are to be woken, and look again.
    mutating func signal(_ resources: some Sequence<Resource>) -> [Watch] { resources.flatMap { signal($0) } }

    /// Something happened to all resources.
    mutating func signalAll() -> [Watch] { signal(Array(phases.keys)) }

    private mutating func signal(_ resource: Resource) -> [Watch] {
        guard let watches = phases[resource] else { return [] }
        var woken: [Watch] = []
        for (number, phase) in watches {
            switch phase {
            case .parked:
                phases[resource]?[number] = .watching
                woken.append(Watch(resource: resource, number: number))
            case .watching: phases[resource]?[number] = .signalled
            case .signalled, .cancelled: break
            }
        }
        return woken
    }

    /// The owner is not to wait any more. Returns whether it waits, and is to be woken.
    mutating func cancel(_ watch: Watch) -> Bool {
        let phase = self[watch]
        if phase != nil { self[watch] = .cancelled }
        return phase == .parked
    }

    /// The watch is over.
    mutating func end(_ watch: Watch) {
        guard self[watch] != nil else { return }
        self[watch] = nil
        if phases[watch.resource]?.isEmpty == true { phases[watch.resource] = nil }
        count -= 1
    }

    private subscript(watch: Watch) -> Phase? {
        get { phases[watch.resource]?[watch.number] }
        set { phases[watch.resource, default: [:]][watch.number] = newValue }
    }
}
