// What a worker of several streams does when others are to be read.
extension LeaseStateMachine {
    /// Gives up what is not the application's any more, as at a shutdown: the consumers finish what is at hand and checkpoint.
    mutating func changeScope(_ scope: LeaseScope, _ now: UInt64) {
        guard scope != entries.scope else { return }
        entries.change(scope)
        guard !isShuttingDown else { return }
        for key in entries.concerned.sorted() {
            guard let entry = entries[key], !scope.covers(entry.lease) else { continue }
            if entry.tenure != nil {
                depart(key, .release, now)
            } else if entry.lease.handOffTo == workerID, entry.lease.owner != workerID, entry.write == nil {
                write(.withdrawHandOff(to: workerID), key, now)
            }
        }
        // Before the first scan nothing is known of the new ones.
        guard lastScan > 0 else { return }
        share(now)
        scanSoon(now)
    }

    /// Whether a lease names this worker, which is not to read its stream: it was handed over when that was to be read still, or
    /// before the worker began anew. A worker that has just begun may not know its streams yet, so that it waits until the lease
    /// has expired.
    func isLeftBehind(_ entry: LeaseEntry, _ now: UInt64) -> Bool {
        isFree(entry) && !entries.scope.covers(entry.lease) && now > entry.expiresAt(failoverTime)
    }
}
