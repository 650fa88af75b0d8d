import WeirLeases

/// Decides when the shards of which stream are compared with its leases: at once when a stream is new, then at an interval,
/// sooner after failures, and sooner when a reader asks for it, though not again and again for nothing.
///
/// Pure: it is told the time of the monotonic clock, in nanoseconds.
struct StreamScheduleStateMachine {
    /// What a comparison came to.
    enum Outcome: Hashable {
        /// Leases were made or deleted.
        case changed
        /// There was nothing to do.
        case unchanged
        /// It is to be tried again after so many nanoseconds.
        case failed(pause: UInt64)
    }

    private struct Entry {
        var stream: ConsumedStream
        var dueAt: UInt64
        /// When the last one began.
        var beganAt: UInt64?
        var isUnderWay = false
        /// Whether the stream has told its shards, of the one that is under way.
        var isListed = false
        /// Whether the one that is under way, or due, comes sooner because it was asked for.
        var isHurried = false
        /// Whether one was asked for since the one that is under way began.
        var isWantedAgain = false
        /// How many were asked for, one after the other, and changed nothing.
        var fruitlessCount = 0
        /// How many failed, one after the other.
        var failureCount = 0
    }

    /// The shortest time between the beginnings of two comparisons of one stream; twice as long after each that was asked for
    /// and changed nothing.
    static let shortestPause: UInt64 = 1_000_000_000
    /// Streams that are asked for their shards side by side, at most. The services limit how often streams are described.
    static let maximumListings = 8

    private let interval: UInt64
    private var entries: [String: Entry] = [:]

    init(interval: Duration) { self.interval = UInt64(nanosecondsOf: interval) }

    /// The names of the streams.
    var names: Set<String> { Set(entries.keys) }

    func stream(_ name: String) -> ConsumedStream? { entries[name]?.stream }

    /// How often comparisons of a stream have failed, one after the other.
    func failureCount(of name: String) -> Int { entries[name]?.failureCount ?? 0 }

    /// These are the streams from now on.
    mutating func set(_ streams: [ConsumedStream], at now: UInt64) {
        let names = Set(streams.map(\.name))
        entries = entries.filter { names.contains($0.key) }
        for stream in streams {
            guard let known = entries[stream.name]?.stream else {
                entries[stream.name] = Entry(stream: stream, dueAt: now)
                continue
            }
            guard known != stream else { continue }
            entries[stream.name]?.stream = stream
            entries[stream.name]?.dueAt = now
        }
    }

    /// Somebody has seen something that a comparison may explain.
    mutating func want(_ name: String, at now: UInt64) {
        guard let entry = entries[name] else { return }
        guard !entry.isUnderWay else {
            entries[name]?.isWantedAgain = true
            return
        }
        let pause = min(Self.shortestPause << min(UInt64(entry.fruitlessCount), 10), interval)
        let soonest = max(now, entry.beganAt.map { $0 + pause } ?? now)
        guard soonest < entry.dueAt else { return }
        entries[name]?.dueAt = soonest
        entries[name]?.isHurried = true
    }

    /// The streams to compare now. Each is under way until ``ended(_:_:at:)``.
    mutating func begin(at now: UInt64) -> [ConsumedStream] {
        let room = Self.maximumListings - listingCount
        let due = entries.values.filter { !$0.isUnderWay && $0.dueAt <= now }
            .sorted { ($0.dueAt, $0.stream.name) < ($1.dueAt, $1.stream.name) }
        let begun = due.prefix(max(room, 0)).map(\.stream)
        for stream in begun {
            entries[stream.name]?.isUnderWay = true
            entries[stream.name]?.isListed = false
            entries[stream.name]?.beganAt = now
        }
        return begun
    }

    /// A stream has told its shards: another one may be asked.
    mutating func listed(_ name: String) { entries[name]?.isListed = true }

    private var listingCount: Int { entries.values.count { $0.isUnderWay && !$0.isListed } }

    /// A comparison is over.
    mutating func ended(_ name: String, _ outcome: Outcome, at now: UInt64) {
        guard let entry = entries[name], entry.isUnderWay else { return }
        entries[name]?.isUnderWay = false
        entries[name]?.isHurried = false
        entries[name]?.isWantedAgain = false
        switch outcome {
        case .changed, .unchanged:
            entries[name]?.failureCount = 0
            entries[name]?.fruitlessCount = outcome == .unchanged && entry.isHurried ? entry.fruitlessCount + 1 : 0
            entries[name]?.dueAt = now + interval
        case .failed(let pause):
            entries[name]?.failureCount += 1
            entries[name]?.dueAt = now + min(pause, interval)
        }
        if entry.isWantedAgain { want(name, at: now) }
    }

    /// Whether streams are being asked for their shards, or will be at once.
    func isListing(at now: UInt64) -> Bool {
        entries.values.contains { $0.isUnderWay ? !$0.isListed : $0.dueAt <= now }
    }

    /// When the next comparison is due, unless too many streams are being asked; `UInt64.max`: none.
    var nextDeadline: UInt64 {
        guard listingCount < Self.maximumListings else { return .max }
        return entries.values.filter { !$0.isUnderWay }.map(\.dueAt).min() ?? .max
    }
}
