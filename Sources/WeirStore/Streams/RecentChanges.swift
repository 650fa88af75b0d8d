import WeirModel

/// How often a stream was changed in the last 24 hours, by the kinds of change that are limited: no I/O, the time passed
/// in.
struct RecentChanges: Equatable, Sendable {
    /// A kind of change that may take place only so often a day. `rawValue` is what the catalogue holds.
    enum Kind: String, CaseIterable, Sendable {
        case mode
        case encryptionStart
        case encryptionStop
        case shardCount
    }

    /// A day in milliseconds.
    static let period: Int64 = 86_400_000

    private(set) var times: [Kind: [Timestamp]] = [:]

    /// Changes of that kind within the 24 hours before a time.
    func count(_ kind: Kind, at now: Timestamp) -> Int {
        times[kind, default: []].count { Self.isRecent($0, at: now) }
    }

    /// A change took place. Those that do not count any more are forgotten.
    mutating func add(_ kind: Kind, at now: Timestamp) {
        times[kind] = times[kind, default: []].filter { Self.isRecent($0, at: now) } + [now]
    }

    /// A change counts for exactly 24 hours.
    static func isRecent(_ time: Timestamp, at now: Timestamp) -> Bool {
        now.millisecondsSinceEpoch - time.millisecondsSinceEpoch < period
    }
}

/// How many changes of one stream are taken in 24 hours: the limits of Amazon Kinesis unless they are set otherwise.
public struct DailyChangeLimits: Hashable, Sendable {
    /// Changes of the capacity mode.
    public var modeChanges: Int
    /// Times that encryption is started, and times that it is stopped.
    public var encryptionChanges: Int
    /// Changes of the number of shards by UpdateShardCount.
    public var shardCountChanges: Int

    /// Limits; those that are not given are the ones of Amazon Kinesis.
    public init(
        modeChanges: Int = Limits.maximumModeChangesPerDay,
        encryptionChanges: Int = Limits.maximumEncryptionChangesPerDay,
        shardCountChanges: Int = Limits.maximumShardCountChangesPerDay
    ) {
        self.modeChanges = modeChanges
        self.encryptionChanges = encryptionChanges
        self.shardCountChanges = shardCountChanges
    }

    /// No limits.
    public static let none = DailyChangeLimits(
        modeChanges: .max,
        encryptionChanges: .max,
        shardCountChanges: .max
    )

    func limit(_ kind: RecentChanges.Kind) -> Int {
        switch kind {
        case .mode: modeChanges
        case .encryptionStart, .encryptionStop: encryptionChanges
        case .shardCount: shardCountChanges
        }
    }
}
