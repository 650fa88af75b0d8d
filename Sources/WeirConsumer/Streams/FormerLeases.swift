import WeirLeases

/// Decides which leases of streams that are not read any more are deleted: those that did not change for long, so that nobody
/// can hold them. A worker that is told of other streams than the rest does no harm to what they hold.
///
/// Pure: it is told the time of the monotonic clock, in nanoseconds. For how long a lease has not changed is noted in it now and
/// then, so that it goes in time though workers come and go.
struct FormerLeases {
    /// What one look came to.
    struct Findings: Equatable {
        /// Leases to delete, unless they have changed since.
        var due: [Lease] = []
        /// Leases in which a time is to be noted, unless they have changed since.
        var times: [String: FormerTime] = [:]
    }

    private struct Sight {
        var counter: Int64
        var owner: String?
        var since: UInt64
        /// For how long it had not changed by then.
        var before: UInt64

        func duration(at now: UInt64) -> UInt64 { before + (now - since) }
    }

    private static let millisecond: UInt64 = 1_000_000
    /// The time is not noted more often than that: it matters where leases are kept for much longer.
    private static let shortestStep: UInt64 = 60_000 * millisecond

    private let grace: UInt64?
    private var sights: [String: Sight] = [:]

    init(_ policy: FormerStreamPolicy) {
        switch policy {
        case .deleteLeases(let grace): self.grace = UInt64(nanosecondsOf: grace)
        case .keepLeases: grace = nil
        }
    }

    /// Takes note of the leases of former streams, all that the table has.
    mutating func note(_ leases: [Lease], at now: UInt64) -> Findings {
        guard let grace else { return Findings() }
        let step = max(grace / 8, Self.shortestStep)
        var next: [String: Sight] = [:]
        var findings = Findings()
        for lease in leases {
            let told = Self.told(lease)
            let known = sights[lease.key].flatMap { sight in
                sight.counter == lease.counter && sight.owner == lease.owner ? sight : nil
            }
            var sight = known ?? Sight(counter: lease.counter, owner: lease.owner, since: now, before: told)
            // Another worker may have seen it for longer.
            sight.before += told - min(told, sight.duration(at: now))
            next[lease.key] = sight
            let duration = sight.duration(at: now)
            if duration >= grace {
                findings.due.append(lease)
            } else if duration >= told + step {
                let milliseconds = Int64(duration / Self.millisecond)
                findings.times[lease.key] = FormerTime(counter: lease.counter, milliseconds: milliseconds)
            }
        }
        sights = next
        return findings
    }

    /// For how long workers have said that the lease has not changed, a year at most.
    private static func told(_ lease: Lease) -> UInt64 {
        guard let time = lease.formerTime, time.counter == lease.counter else { return 0 }
        return UInt64(min(time.milliseconds, 31_536_000_000)) * millisecond
    }
}
