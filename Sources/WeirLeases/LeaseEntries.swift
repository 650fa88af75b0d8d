/// What a worker knows of all leases of its application, with what it would have to count again and again: who holds how
/// many, which leases are free, and which concern the worker itself.
///
/// Every change of an entry keeps these up to date, so that a sign of life among ten thousand leases costs no look at the
/// others.
struct LeaseEntries: Sendable {
    private let workerID: String
    private var entries: [String: LeaseEntry] = [:]
    /// The leases that this worker holds, asks for or writes, or that name it.
    private(set) var concerned: Set<String> = []
    /// Which leases are the application's. Of others only those count that a live worker holds, as its load.
    private(set) var scope: LeaseScope
    /// The leases that nobody holds: they have no owner, or a scan found that it gave no sign of life for the fail-over time.
    private(set) var available = AvailableLeases()
    /// The time of the event that is dealt with.
    var now: UInt64 = 0
    /// How many leases have not ended.
    private(set) var activeCount = 0
    /// Active leases by the worker that holds them, or will when requests under way are followed. A live worker that gives
    /// its last lease away still counts, and so does this one.
    private(set) var loads: [String: Int]
    /// What is known of the bytes a second of those.
    private var deliveries: [String: Delivery] = [:]
    /// How many active leases have an owner that gives signs of life and is no Weir worker.
    private(set) var foreignCount = 0
    /// For how many leases a worker is the owner that gives signs of life: it is forgotten when there is none.
    private var owned: [String: Int] = [:]

    init(workerID: String, scope: LeaseScope) {
        self.workerID = workerID
        self.scope = scope
        loads = [workerID: 0]
    }

    var count: Int { entries.count }
    var keys: Dictionary<String, LeaseEntry>.Keys { entries.keys }
    var values: Dictionary<String, LeaseEntry>.Values { entries.values }

    subscript(key: String) -> LeaseEntry? {
        get { entries[key] }
        _modify {
            let before = entries[key].map { standing(of: $0) }
            yield &entries[key]
            let after = entries[key].map { standing(of: $0) }
            if before != after { change(key, from: before, to: after) }
        }
    }

    /// What a lease that was read tells that was not known.
    enum News {
        /// Nothing.
        case none
        /// That its owner lives, and perhaps how far it is.
        case life
        /// More, or less: it may be older than what is known.
        case other
    }

    /// Takes note of a lease when it tells nothing new or a sign of life, as most do: one look-up, and nothing is counted anew.
    mutating func note(_ lease: Lease) -> News {
        guard let place = entries.index(forKey: lease.key) else { return .other }
        if entries.values[place].lease == lease {
            return lease.handOffTo != workerID || entries.values[place].request != nil ? .none : .other
        }
        guard lease.owner != workerID, entries.values[place].isRenewed(by: lease) else { return .other }
        entries.values[place].lease = lease
        entries.values[place].showsLife(now)
        return .life
    }

    /// Even numbers of leases: no worker takes free ones beyond that.
    var share: Int { (activeCount + loads.count - 1) / loads.count }

    /// How many leases this worker has, or is about to.
    var ownLoad: Int { loads[workerID, default: 0] }

    /// What each worker has to do.
    var weights: LeaseWeights { LeaseWeights(counts: loads, deliveries: deliveries, ownID: workerID) }

    // MARK: Keeping count

    /// The leases of a worker that tell how much is delivered of them.
    struct Delivery: Hashable, Sendable {
        var count = 0
        var bytesPerSecond: Int64 = 0
    }

    /// What an entry counts for.
    private struct Standing: Equatable {
        var isConcerned: Bool
        var isActive: Bool
        var isAvailable: Bool
        /// The owner that gives signs of life, when it is another worker.
        var owner: String?
        /// Whether that is no Weir worker.
        var isForeign = false
        /// The worker whose load it is.
        var bearer: String?
        /// How much of a load, when that is known.
        var throughput: Int64?
    }

    private func standing(of entry: LeaseEntry) -> Standing {
        let isMine = entry.isMine(workerID)
        var standing = Standing(
            isConcerned: entry.concerns(workerID),
            isActive: !entry.lease.isEnded,
            isAvailable: false
        )
        guard standing.isActive else { return standing }
        standing.throughput = entry.lease.throughput
        let isCovered = scope.covers(entry.lease)
        if isMine {
            standing.bearer = workerID
        } else if let worker = entry.handedTo {
            standing.bearer = worker
        } else if let owner = entry.lease.owner, !entry.isExpired {
            standing.owner = owner
            standing.isForeign = !entry.lease.isOwnedByWeirWorker
            let requester = entry.lease.isOwnedByWeirWorker ? entry.lease.handOffTo : nil
            standing.bearer = entry.isBeingRequested ? workerID : requester ?? owner
        } else {
            standing.isAvailable = isCovered
            standing.isActive = isCovered
        }
        return standing
    }

    /// The application reads other streams from now on.
    mutating func change(_ scope: LeaseScope) {
        let before = entries.mapValues { standing(of: $0) }
        self.scope = scope
        // In an order that does not depend on chance.
        for (key, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let after = standing(of: entry)
            if before[key] != after { change(key, from: before[key], to: after) }
        }
    }

    private mutating func change(_ key: String, from before: Standing?, to after: Standing?) {
        if before?.isConcerned != after?.isConcerned {
            if after?.isConcerned == true { concerned.insert(key) } else { concerned.remove(key) }
        }
        if before?.isAvailable != after?.isAvailable {
            if after?.isAvailable == true {
                available.insert(key, since: now)
            } else {
                available.remove(key)
                entries[key]?.takeAt = nil
            }
        }
        activeCount += (after?.isActive == true ? 1 : 0) - (before?.isActive == true ? 1 : 0)
        if before?.owner != after?.owner {
            if let owner = after?.owner { owned[owner, default: 0] += 1 }
            if let owner = before?.owner { owned[owner, default: 0] -= 1 }
        }
        if before?.bearer != after?.bearer {
            if let bearer = after?.bearer { loads[bearer, default: 0] += 1 }
            if let bearer = before?.bearer { loads[bearer, default: 0] -= 1 }
        }
        foreignCount += (after?.isForeign == true ? 1 : 0) - (before?.isForeign == true ? 1 : 0)
        if let bearer = before?.bearer, let throughput = before?.throughput { deliver(bearer, -1, -throughput) }
        if let bearer = after?.bearer, let throughput = after?.throughput { deliver(bearer, 1, throughput) }
        for worker in [before?.owner, after?.owner, before?.bearer, after?.bearer] {
            if let worker { know(worker) }
        }
    }

    private mutating func deliver(_ worker: String, _ count: Int, _ bytesPerSecond: Int64) {
        deliveries[worker, default: .init()].count += count
        deliveries[worker, default: .init()].bytesPerSecond += bytesPerSecond
        if deliveries[worker]?.count == 0 { deliveries[worker] = nil }
    }

    /// Counts a worker while it owns a lease or is to have one.
    private mutating func know(_ worker: String) {
        guard worker != workerID else { return }
        let isOwner = owned[worker, default: 0] > 0
        if !isOwner { owned[worker] = nil }
        if loads[worker, default: 0] == 0 { loads[worker] = isOwner ? 0 : nil }
    }
}
