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
    /// Whether an extension is under way: nothing else may change its visibility meanwhile.
    var isExtending = false
    /// Whether it is being acknowledged or returned.
    var isSettling = false
    var extensionFailures = 0
    /// Whether it was told that its time was over.
    var isExpired = false

    /// When it has to be looked at again.
    var checkAt: UInt64 {
        var at = UInt64.max
        if !isExtending && !isSettling { at = min(at, extendAt) }
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

/// Records that wait for a call, in order.
struct SettlingLine: Sendable {
    private var entries: [(id: Int, at: UInt64)] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func append(_ id: Int, at now: UInt64) { entries.append((id, now)) }

    mutating func remove(_ id: Int) { entries.removeAll { $0.id == id } }

    /// When the next call is to be made: at once with ten records, or when nothing more will come; `nil`: there is none to make.
    func due(isHurried: Bool, delay: UInt64) -> UInt64? {
        guard let first = entries.first else { return nil }
        return isHurried || entries.count >= QueueConsumerStateMachine.batchSize ? 0 : first.at + delay
    }

    /// The records of the next call.
    mutating func takeBatch() -> [Int] {
        let batch = entries.prefix(QueueConsumerStateMachine.batchSize).map(\.id)
        entries.removeFirst(batch.count)
        return batch
    }
}
