/// A record that was received and is not yet acknowledged, returned or lost.
struct HeldRecord: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        /// There is no handler for it yet.
        case waiting
        case running
        /// It was handled.
        case acknowledging
        /// It is to be visible after so many seconds.
        case returning(seconds: Int)
    }

    var receiveCount: Int
    var phase = Phase.waiting
    /// When it becomes visible to others, as far as is known here.
    var visibleAt: UInt64
    /// When its time is to be extended; `UInt64.max`: not any more.
    var extendAt: UInt64
    /// Whether an extension is due, and waits for a call.
    var isInExtensionLine = false
    /// Whether an extension is under way: nothing else may change its visibility meanwhile.
    var isExtending = false
    /// Whether it is being acknowledged or returned.
    var isSettling = false
    var extensionFailures = 0
    /// How often the service refused to acknowledge or return it, while it took others.
    var settleFailures = 0
    /// Whether it was told that its time was over.
    var isExpired = false

    /// Whether nothing else is under way for it that an extension could come between.
    var mayBeExtended: Bool { !isExtending && !isSettling }

    /// When it has to be looked at again.
    var checkAt: UInt64 {
        var at = UInt64.max
        if mayBeExtended && !isInExtensionLine { at = min(at, extendAt) }
        if !isExpired && !isSettling { at = min(at, visibleAt) }
        return at
    }
}

/// A handler that has not ended.
struct HandlerRun: Hashable, Sendable {
    var deadline: UInt64
    var cancelReason: QueueConsumerStateMachine.CancelReason?
}

/// A call that receives records and has not been answered.
struct Poll: Hashable, Sendable {
    var limit: Int
    var beganAt: UInt64
    var isCancelled = false
}

/// A call that changes what becomes of records and has not been answered.
struct SettlingCall: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case acknowledge
        case giveBack
        case extend
    }

    var kind: Kind
    var ids: [Int]
    var beganAt: UInt64
}

/// Records that wait for a call, in order; those that are tried again wait each for a time of its own, and hold up no other.
struct SettlingLine: Sendable {
    private var entries: [(id: Int, at: UInt64)] = []
    /// What is tried again: the first that may be comes first.
    private var retries: [(id: Int, at: UInt64)] = []

    mutating func append(_ id: Int, at now: UInt64) { entries.append((id, now)) }

    /// A record is tried again, not before a time.
    mutating func append(_ id: Int, notBefore time: UInt64) {
        let place = retries.firstIndex { $0.at > time } ?? retries.endIndex
        retries.insert((id, time), at: place)
    }

    mutating func remove(_ id: Int) {
        entries.removeAll { $0.id == id }
        retries.removeAll { $0.id == id }
    }

    /// What is tried again may be so at once.
    mutating func forgetPauses() {
        for place in retries.indices { retries[place].at = 0 }
    }

    /// When the next call is to be made: at once with ten records, or when nothing more will come; `nil`: there is none to make.
    func due(isHurried: Bool, delay: UInt64) -> UInt64? {
        let isFull = isHurried || entries.count >= QueueConsumerStateMachine.batchSize
        let first = entries.first.map { isFull ? 0 : $0.at + delay }
        return [first, retries.first?.at].compactMap(\.self).min()
    }

    /// The records of the next call: where there are enough of both, half of it is tried again.
    mutating func takeBatch(at now: UInt64) -> [Int] {
        let size = QueueConsumerStateMachine.batchSize
        let again = retries.prefix(max(size / 2, size - entries.count)).prefix { $0.at <= now }
        let first = entries.prefix(size - again.count)
        let batch = again.map(\.id) + first.map(\.id)
        retries.removeFirst(again.count)
        entries.removeFirst(first.count)
        return batch
    }
}

/// Records whose extension is due and waits for a call, in order.
struct ExtensionLine: Sendable {
    private var ids: [Int] = []
    /// How many of them have been taken.
    private var taken = 0

    mutating func append(contentsOf ids: [Int]) {
        // A line that never ends must not keep what was taken.
        if taken > self.ids.count / 2 {
            self.ids.removeFirst(taken)
            taken = 0
        }
        self.ids += ids
    }

    /// The next one; nil when there is none.
    mutating func next() -> Int? {
        guard taken < ids.count else {
            ids.removeAll(keepingCapacity: true)
            taken = 0
            return nil
        }
        taken += 1
        return ids[taken - 1]
    }
}
