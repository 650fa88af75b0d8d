import WeirModel

/// Which consumer is subscribed to which shard: one subscription at a time, and not again within a while. No I/O, the time
/// passed in.
struct SubscriptionRegistryStateMachine {
    /// A consumer's place at a shard.
    struct Key: Hashable {
        /// The stream. One that was deleted and made again has another ID.
        let streamID: Int64
        let consumer: ConsumerDescription.ID
        let shard: ShardID
    }

    /// What became of a call.
    enum Admission: Equatable {
        /// The subscription of this number begins; the other, if any, has to end.
        case begun(number: UInt64, replacing: UInt64?)
        /// Too soon after the last.
        case tooSoon
        /// No subscription begins any more.
        case stopped
    }

    private let minimumInterval: UInt64
    private var active: [Key: UInt64] = [:]
    /// When the last subscriptions began, those of the last while at least.
    private var begun: [Key: UInt64] = [:]
    private var begunCountToPrune = minimumCountToPrune
    private var nextNumber: UInt64 = 0
    private var isStopped = false

    private static let minimumCountToPrune = 64

    /// A registry that refuses a subscription so many nanoseconds after the last of its key.
    init(minimumInterval: UInt64) { self.minimumInterval = minimumInterval }

    /// Whether a subscription could begin.
    func wouldBegin(_ key: Key, at now: UInt64) -> Bool { !isStopped && !isTooSoon(key, at: now) }

    /// A subscription wants to begin.
    mutating func begin(_ key: Key, at now: UInt64) -> Admission {
        if isStopped { return .stopped }
        if isTooSoon(key, at: now) { return .tooSoon }
        prune(at: now)
        begun[key] = now
        let number = nextNumber
        nextNumber += 1
        return .begun(number: number, replacing: active.updateValue(number, forKey: key))
    }

    /// A subscription has ended.
    mutating func end(_ key: Key, number: UInt64) {
        if active[key] == number { active[key] = nil }
    }

    /// A consumer was deregistered. Returns its subscriptions, which have to end.
    mutating func remove(_ consumer: ConsumerDescription.ID, streamID: Int64) -> [UInt64] {
        let keys = active.keys.filter { $0.consumer == consumer && $0.streamID == streamID }
        return keys.compactMap { active.removeValue(forKey: $0) }
    }

    /// No subscription begins any more. Returns all, which have to end.
    mutating func stop() -> [UInt64] {
        isStopped = true
        defer { active = [:] }
        return Array(active.values)
    }

    /// How many subscriptions there are.
    var activeCount: Int { active.count }

    /// How many beginnings are remembered.
    var rememberedCount: Int { begun.count }

    private func isTooSoon(_ key: Key, at now: UInt64) -> Bool {
        begun[key].map { now < $0 + minimumInterval } ?? false
    }

    /// Forgets the beginnings that do not matter any more, each time their number has doubled.
    private mutating func prune(at now: UInt64) {
        guard begun.count >= begunCountToPrune else { return }
        begun = begun.filter { now < $0.value + minimumInterval }
        begunCountToPrune = max(Self.minimumCountToPrune, 2 * begun.count)
    }
}
