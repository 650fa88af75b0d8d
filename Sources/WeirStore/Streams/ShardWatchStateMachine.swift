import WeirModel

/// Who waits for something to happen to a shard, and who has to be woken: no I/O, and no knowledge of records.
///
/// A watch goes `begin` → (its owner looks whether what it waits for is there already) → `park` → woken, or `cancel` → `end`.
/// What happens between `begin` and `park` is kept, so that nothing that comes after the look is missed.
struct ShardWatchStateMachine: Hashable {
    /// One watch.
    struct Watch: Hashable {
        let shard: ShardID
        fileprivate let number: UInt64
    }

    private enum Phase {
        case watching
        case parked
        /// Something happened that nobody was woken for yet.
        case signalled
        case cancelled
    }

    /// The watches of each shard, so that the others are not even looked at.
    private var phases: [ShardID: [UInt64: Phase]] = [:]
    private var nextNumber: UInt64 = 0

    /// How many watches there are.
    private(set) var count = 0

    /// Somebody begins to watch a shard.
    mutating func begin(_ shard: ShardID) -> Watch {
        defer {
            nextNumber += 1
            count += 1
        }
        let watch = Watch(shard: shard, number: nextNumber)
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

    /// Something happened to these shards. Returns the watches whose owners wait: they are to be woken, and look again.
    mutating func signal(_ shards: some Sequence<ShardID>) -> [Watch] { shards.flatMap { signal($0) } }

    /// Something happened to all shards.
    mutating func signalAll() -> [Watch] { signal(Array(phases.keys)) }

    private mutating func signal(_ shard: ShardID) -> [Watch] {
        guard let watches = phases[shard] else { return [] }
        var woken: [Watch] = []
        for (number, phase) in watches {
            switch phase {
            case .parked:
                phases[shard]?[number] = .watching
                woken.append(Watch(shard: shard, number: number))
            case .watching: phases[shard]?[number] = .signalled
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
        if phases[watch.shard]?.isEmpty == true { phases[watch.shard] = nil }
        count -= 1
    }

    private subscript(watch: Watch) -> Phase? {
        get { phases[watch.shard]?[watch.number] }
        set { phases[watch.shard, default: [:]][watch.number] = newValue }
    }
}
