import WeirModel
import WeirWire

/// Walks over the dead letters of a queue, and decides what to ask of it next. No I/O, the time passed in.
///
/// The service has no call that lists dead letters: they are received, which hides them from everybody else for a while. So that
/// each is seen once, the walk *holds* what it received until it has seen all, and then gives it back. A hold lasts a minute,
/// and as long again as the walk has lasted: who dies in between hides nothing for much longer than that, and the holds that
/// have to be extended are few. What is dealt with, restored or acknowledged, is not held any more.
struct DeadLetterWalkStateMachine {
    /// What the walk looks for.
    enum Goal {
        /// All for which the closure says yes, up to a number of them.
        case matching(maximumCount: Int, isFiltered: Bool, @Sendable (QueueRecord) -> Bool)
        /// Those of these records.
        case records(Set<String>)
    }

    /// What to do next. The answer to each is told before ``next(at:)`` is asked again.
    enum Action: Equatable {
        /// Receive so many, and hide them for so long. Then ``received(_:)``.
        case receive(count: Int, holdSeconds: Int)
        /// Deal with what was looked for: 1 to 10 records. Then ``handled(_:)``.
        case handle([QueueRecord])
        /// Hide these deliveries, 1 to 10, for so many seconds from now. Then ``extended(_:)``.
        case extend([String], holdSeconds: Int)
        /// Let these deliveries, 1 to 10, be received again at once. Then ``gaveBack()``.
        case giveBack([String])
        /// Nothing is held any more.
        case end
    }

    private struct Hold {
        var receiptHandle: String
        /// When it is to be extended, while the walk goes on.
        var extendAt: UInt64
    }

    /// How long a hold lasts, at least.
    static let minimumHoldSeconds = 60

    /// How many deliveries a walk holds, at most. Amazon's service lets 120,000 records of a queue be in flight; the consumers
    /// of the queue are to have some of that. Source: https://docs.aws.amazon.com/streams/latest/dev/queues-quotas.html
    static let maximumHeldCount = 100_000

    private let startedAt: UInt64
    private let maximumHeldCount: Int
    private var goal: Goal
    private var isWalking = true
    /// The records that came, by their IDs.
    private var seen: Set<String> = []
    /// In the order in which they are to be extended; those before `firstHold` are done with.
    private var holds: [Hold] = []
    private var firstHold = 0
    /// What was received and is to be dealt with.
    private var chosen: [QueueRecord] = []
    /// The deliveries of the last action.
    private var inHand: [String] = []
    /// When the holds of the last action are to be extended.
    private var handExtendAt: UInt64 = 0

    /// How many were found that were looked for.
    private(set) var foundCount = 0
    /// How many of them were dealt with and are not held any more.
    private(set) var settledCount = 0
    /// How many came again after they had been seen.
    private(set) var repeatedCount = 0
    /// Whether the walk ended because it may hold no more.
    private(set) var isFull = false
    /// Whether the walk came to its end before it was stopped.
    private(set) var isComplete = false

    init(_ goal: Goal, at now: UInt64, maximumHeldCount: Int = Self.maximumHeldCount) {
        self.goal = goal
        self.maximumHeldCount = maximumHeldCount
        startedAt = now
        if remainingCount == 0 { finish() }
    }

    /// The records that were looked for and did not come.
    var missing: [String] {
        guard case .records(let ids) = goal else { return [] }
        return ids.sorted()
    }

    /// How many deliveries are held.
    var heldCount: Int { holds.count - firstHold + chosen.count + inHand.count }

    /// How long a hold lasts that begins now.
    func holdSeconds(at now: UInt64) -> Int {
        let elapsed = Int((now - min(now, startedAt)) / 1_000_000_000)
        return min(max(Self.minimumHoldSeconds, elapsed), Limits.visibilityTimeoutSeconds.upperBound)
    }

    // MARK: What to do

    /// The next step.
    mutating func next(at now: UInt64) -> Action {
        if isWalking {
            if !chosen.isEmpty {
                defer { chosen = [] }
                inHand = chosen.map(\.receiptHandle)
                return .handle(chosen)
            }
            let seconds = holdSeconds(at: now)
            handExtendAt = now + UInt64(seconds) * 500_000_000
            inHand = takeHolds { $0.extendAt <= now }
            guard inHand.isEmpty else { return .extend(inHand, holdSeconds: seconds) }
            guard heldCount < maximumHeldCount else {
                isFull = true
                stop()
                return next(at: now)
            }
            return .receive(count: receiveCount, holdSeconds: seconds)
        }
        inHand = takeHolds { _ in true }
        return inHand.isEmpty ? .end : .giveBack(inHand)
    }

    /// What the queue gave: nothing at the end of the walk.
    mutating func received(_ records: [QueueRecord]) {
        guard !records.isEmpty else { return finish() }
        for record in records {
            guard seen.insert(record.recordID).inserted else {
                repeatedCount += 1
                hold(record.receiptHandle)
                continue
            }
            guard take(record) else {
                hold(record.receiptHandle)
                continue
            }
            foundCount += 1
            chosen.append(record)
        }
    }

    /// The records were dealt with. These deliveries need not be held any more.
    mutating func handled(_ settled: Set<String>) {
        settledCount += settled.count
        for handle in inHand where !settled.contains(handle) { hold(handle) }
        inHand = []
        if remainingCount == 0 { finish() }
    }

    /// The holds were extended, but for these, which were lost.
    mutating func extended(lost: Set<String>) {
        for handle in inHand where !lost.contains(handle) { hold(handle) }
        inHand = []
    }

    /// The records may be received again.
    mutating func gaveBack() { inHand = [] }

    /// The walk goes no further: all that is held is to be given back.
    mutating func stop() {
        isWalking = false
        for handle in inHand + chosen.map(\.receiptHandle) { hold(handle) }
        (inHand, chosen) = ([], [])
    }

    // MARK: Parts

    private mutating func finish() {
        isComplete = true
        isWalking = false
        stop()
    }

    /// Whether a record is looked for and there is room for it.
    private mutating func take(_ record: QueueRecord) -> Bool {
        switch goal {
        case .matching(let maximumCount, _, let isMatch):
            return foundCount < maximumCount && isMatch(record)
        case .records(var ids):
            guard ids.remove(record.recordID) != nil else { return false }
            goal = .records(ids)
            return true
        }
    }

    /// How many more are looked for.
    private var remainingCount: Int {
        switch goal {
        case .matching(let maximumCount, _, _): maximumCount - foundCount
        case .records(let ids): ids.count
        }
    }

    /// How many to receive: no more than can be of use, where each is.
    private var receiveCount: Int {
        guard case .matching(_, false, _) = goal else { return Limits.maximumQueueRecordCount }
        return min(remainingCount, Limits.maximumQueueRecordCount)
    }

    private mutating func hold(_ handle: String) {
        holds.append(Hold(receiptHandle: handle, extendAt: handExtendAt))
    }

    /// Takes the first holds, as many as fit into a call, while the condition is true.
    private mutating func takeHolds(while condition: (Hold) -> Bool) -> [String] {
        let taken = holds[firstHold...].prefix(Limits.maximumQueueRecordCount).prefix(while: condition)
        firstHold += taken.count
        let handles = taken.map(\.receiptHandle)
        if firstHold > 1024, firstHold > holds.count / 2 {
            holds.removeFirst(firstHold)
            firstHold = 0
        }
        return handles
    }
}
