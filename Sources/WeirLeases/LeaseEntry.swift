/// What a worker knows of one lease.
struct LeaseEntry: Sendable {
    /// The newest version that was seen, or written.
    var lease: Lease
    /// When the counter was first seen at its value. The lease has expired when that is longer ago than the fail-over
    /// time: its owner's last sign of life is older still.
    var changedAt: UInt64
    /// When this version became known: a scan that began before may show an older one.
    var learnedAt: UInt64
    /// How many scans had begun when the lease became known, which is a small number where it matters.
    private let scan: Int32
    /// Whether a scan found that the owner gave no sign of life for the fail-over time.
    var isExpired = false
    /// What this worker has to do with it: beside the entry, since most have none. Each worker keeps all leases of the table.
    private var dealings: [Dealings] = []

    init(_ lease: Lease, now: UInt64, scan: Int) {
        self.lease = lease
        self.scan = Int32(clamping: scan)
        changedAt = now
        learnedAt = now
    }

    /// How many scans had begun when the lease became known: it shows in a later one together with its parents.
    var knownSinceScan: Int { Int(scan) }

    private struct Dealings: Sendable {
        var takeAt: UInt64?
        var tenure: Tenure?
        var isConsumerRunning = false
        var request: Request?
        var write: LeaseWrite?
        var verifyAt: UInt64?
        var retryAt: UInt64 = 0

        var areOver: Bool {
            takeAt == nil && tenure == nil && !isConsumerRunning && request == nil && write == nil && verifyAt == nil
                && retryAt == 0
        }
    }

    private mutating func deal(_ change: (inout Dealings) -> Void) {
        if dealings.isEmpty {
            var new = Dealings()
            change(&new)
            if !new.areOver { dealings = [new] }
        } else {
            change(&dealings[0])
            if dealings[0].areOver { dealings = [] }
        }
    }

    /// Until when it is left to other workers, which the feed has told of it as well.
    var takeAt: UInt64? {
        get { dealings.first?.takeAt }
        set { deal { $0.takeAt = newValue } }
    }
    /// Present while this worker holds it.
    var tenure: Tenure? {
        get { dealings.first?.tenure }
        set { deal { $0.tenure = newValue } }
    }
    /// Whether a consumer of the shard runs in this worker. It may outlive the tenure, until its handler returns.
    var isConsumerRunning: Bool {
        get { dealings.first?.isConsumerRunning ?? false }
        set { deal { $0.isConsumerRunning = newValue } }
    }
    /// What this worker asked the owner for.
    var request: Request? {
        get { dealings.first?.request }
        set { deal { $0.request = newValue } }
    }
    /// The write under way: at most one a lease, so that the counter has one writer here.
    var write: LeaseWrite? {
        get { dealings.first?.write }
        set { deal { $0.write = newValue } }
    }
    /// When a read that should tell what became of the write is repeated.
    var verifyAt: UInt64? {
        get { dealings.first?.verifyAt }
        set { deal { $0.verifyAt = newValue } }
    }
    /// No write before this time, after one failed; 0: at any time.
    var retryAt: UInt64 {
        get { dealings.first?.retryAt ?? 0 }
        set { deal { $0.retryAt = newValue } }
    }

    /// A request to hand the lease over.
    struct Request: Sendable {
        var owner: String
        var at: UInt64
    }

    /// The time in which this worker holds a lease.
    struct Tenure: Sendable {
        var state: State
        /// When the last write that succeeded was decided: before that the owner was certainly this worker.
        var confirmedAt: UInt64
        /// Where the consumer wants the checkpoint.
        var wantedCheckpoint: LeaseCheckpoint?
        /// The bytes a second that the consumer was given lately; nil before that was measured.
        var throughput: Int64?
        /// What the consumer wants prepared, in order.
        var preparations: [PendingCheckpoint] = []

        /// Whether the consumer waits for something that was not written yet.
        var wantsCheckpoints: Bool { wantedCheckpoint != nil || !preparations.isEmpty }
    }

    enum State: Hashable, Sendable {
        /// A parent was not read to its end yet, or the consumer of an earlier tenure still runs.
        case waiting
        /// A consumer runs.
        case processing
        /// The consumer stopped by itself; the lease is kept until someone else wants it.
        case halted
        /// The consumer was asked to stop.
        case stopping(Departure)
        /// No consumer runs; the lease is given up next.
        case stopped(Departure)
    }

    /// To whom a lease goes.
    enum Departure: Hashable, Sendable {
        case handOff(to: String)
        case release
    }

    /// Whether a lease differs from this one in no more than what its owner changes with a renewal or a checkpoint, while this
    /// worker has nothing to do with it.
    func isRenewed(by lease: Lease) -> Bool {
        dealings.isEmpty && !isExpired && lease.counter > self.lease.counter && lease.owner != nil
            && lease.owner == self.lease.owner && lease.weirOwner == self.lease.weirOwner
            && lease.handOffTo == self.lease.handOffTo && lease.isEnded == self.lease.isEnded
            && lease.throughput == self.lease.throughput && lease.stream == self.lease.stream
    }

    /// The counter was seen at another value.
    mutating func showsLife(_ now: UInt64) {
        changedAt = now
        learnedAt = now
        isExpired = false
    }

    /// Whether this worker has anything to do about it.
    func concerns(_ worker: String) -> Bool {
        (!dealings.isEmpty
            && (tenure != nil || write != nil || verifyAt != nil || request != nil || isConsumerRunning))
            || lease.owner == worker || lease.handOffTo == worker
    }

    /// Whether this worker holds the lease or is about to.
    func isMine(_ worker: String) -> Bool {
        if let tenure {
            if case .stopping(.handOff) = tenure.state { return false }
            if case .stopped(.handOff) = tenure.state { return false }
            return true
        }
        if case .take = write?.change { return true }
        return lease.owner == worker
    }

    /// Whether this worker is just asking the owner to hand it over.
    var isBeingRequested: Bool {
        if case .requestHandOff = write?.change { true } else { false }
    }

    /// The worker that a lease this worker holds is being handed to.
    var handedTo: String? {
        switch tenure?.state {
        case .stopping(.handOff(let worker)), .stopped(.handOff(let worker)): worker
        default: nil
        }
    }

    /// After this moment another worker may take the lease.
    func expiresAt(_ failoverTime: UInt64) -> UInt64 { changedAt + failoverTime }

    /// What a take, decided at a time, was.
    func taking(by worker: String, decidedAt: UInt64, _ failoverTime: UInt64) -> LeaseReport.Taking {
        if lease.owner == nil { return .unowned }
        if lease.owner == worker { return request == nil ? .resumed : .handedOver }
        return decidedAt > expiresAt(failoverTime) ? .expired : .stolen
    }
}
