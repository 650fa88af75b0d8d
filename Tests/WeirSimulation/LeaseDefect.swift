import WeirLeases

/// Something that is wrong on purpose: with each of them the oracle must find something, else it would find nothing in
/// workers that are wrong in this way. The machine itself is right in all of them: it is told something wrong, or what it
/// decides is not done.
package enum LeaseDefect: String, CaseIterable, Sendable {
    // Defects of the Kinesis Client Library.
    /// A checkpoint whose answer was lost, and that the client then repeated, counts as the loss of the lease.
    case checkpointIsNotRecovered
    /// The same for any write while a hand-off is wanted: what is read is compared with the wrong owner.
    case handOffIsNotRecovered
    /// Leases that nobody holds are taken whatever the others hold.
    case takesBeyondTheShare
    /// LATEST is looked up again by each consumer.
    case latestIsResolvedAgain
    /// Signs of life are judged by a clock that is set now and then.
    case wallClockLiveness
    /// A clean shutdown gives no lease up.
    case keepsLeasesAtShutdown
    /// A worker that cannot renew goes on.
    case noSelfFence
    /// Shards that were read to their end count.
    case countsEndedShards
    /// The lease of an ended shard is kept while a child has no checkpoint.
    case idleChildKeepsItsParent
    /// The state of a prepared checkpoint does not come to the next worker.
    case preparedStateIsLost

    // Others.
    /// The table writes whatever the condition says.
    case conditionsDoNothing
    /// Children do not wait for their parents.
    case childrenBeforeParents
    /// The leases of children are not made when the parent ends.
    case childrenAreLeftToTheAudit
    /// A lease is taken after a quarter of the time in which its owner may renew it.
    case takesTooEarly
    /// Nobody asks anybody for leases.
    case noBalance
    /// Workers that share by throughput do not tell what they deliver.
    case throughputIsNotTold
    /// Leases are cleaned up at once, and made by however old a look at shards and leases.
    case leasesAreMadeByOldLooks
    /// A record is skipped now and then.
    case skipsARecord
    /// A worker does not stop what it hands over.
    case handsOverWhileReading
    /// The changes of the feed, and that some were missed, do not reach the machine.
    case feedIsIgnored
    /// That a stream is not to be read any more does not reach the machine.
    case scopeIsIgnored

    /// Whether only an application of several streams can show it.
    var needsStreams: Bool { self == .scopeIsIgnored }

    /// What the machine is shown of leases.
    func shown(_ leases: [Lease], to worker: String) -> [Lease] {
        switch self {
        case .takesBeyondTheShare: leases.filter { $0.owner == nil || $0.owner == worker }
        case .countsEndedShards:
            leases.map { lease in
                var lease = lease
                if lease.isEnded, lease.owner != worker { lease.checkpoint = .trimHorizon }
                return lease
            }
        case .preparedStateIsLost:
            leases.map { lease in
                var lease = lease
                if lease.owner != worker { lease.pendingCheckpoint?.state = nil }
                return lease
            }
        case .childrenBeforeParents:
            leases.map { lease in
                var lease = lease
                lease.parentShardIDs = []
                return lease
            }
        default: leases
        }
    }

    /// What the machine is shown when it asks what became of a write that was refused.
    func shown(_ lease: Lease, after write: LeaseWrite) -> Lease {
        var lease = lease
        switch (self, write.change) {
        case (.checkpointIsNotRecovered, .checkpoint): lease.owner = "another"
        case (.handOffIsNotRecovered, .renew), (.handOffIsNotRecovered, .transfer):
            if let other = lease.handOffTo ?? write.lease.handOffTo { lease.owner = other }
        default: break
        }
        return lease
    }
}
