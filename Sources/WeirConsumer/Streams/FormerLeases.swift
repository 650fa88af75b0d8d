import WeirLeases

/// Decides which leases of streams that are not read any more are deleted: those that did not change for long, so that nobody
/// can hold them. A worker that is told of other streams than the rest does no harm to what they hold.
///
/// Pure: it is told the time of the monotonic clock, in nanoseconds. What it has seen is forgotten with the process, so a
/// restart prolongs the life of the leases.
struct FormerLeases {
    private struct Sight {
        var counter: Int64
        var owner: String?
        var since: UInt64
    }

    private let grace: UInt64?
    private var sights: [String: Sight] = [:]

    init(_ policy: FormerStreamPolicy) {
        switch policy {
        case .deleteLeases(let grace): self.grace = UInt64(nanosecondsOf: grace)
        case .keepLeases: grace = nil
        }
    }

    /// Takes note of the leases of former streams, all that the table has.
    ///
    /// - Returns: those to delete, unless they have changed since.
    mutating func note(_ leases: [Lease], at now: UInt64) -> [Lease] {
        guard let grace else { return [] }
        var next: [String: Sight] = [:]
        var due: [Lease] = []
        for lease in leases {
            let known = sights[lease.key].flatMap { sight in
                sight.counter == lease.counter && sight.owner == lease.owner ? sight : nil
            }
            let sight = known ?? Sight(counter: lease.counter, owner: lease.owner, since: now)
            next[lease.key] = sight
            if now >= sight.since + grace { due.append(lease) }
        }
        sights = next
        return due
    }
}
