/// The commitment of an account to a minimum throughput: what unlocks warm throughput. It lasts a day at least; when it is
/// given up earlier, it ends with the day.
///
/// Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MinimumThroughputBillingCommitmentOutput.html
public struct ThroughputCommitment: Hashable, Sendable {
    /// The states of a commitment, named as on the wire.
    public enum Status: String, Sendable, CaseIterable {
        /// It is in force.
        case enabled = "ENABLED"
        /// There is none.
        case disabled = "DISABLED"
        /// It is in force until the end of its first day.
        case enabledUntilEarliestAllowedEnd = "ENABLED_UNTIL_EARLIEST_ALLOWED_END"
    }

    /// When it began; nil when there never was one.
    public private(set) var startedAt: Timestamp?
    /// When it ended or will end; nil while nobody has given it up.
    public private(set) var endsAt: Timestamp?

    /// A commitment from its parts; without any, there never was one.
    public init(startedAt: Timestamp? = nil, endsAt: Timestamp? = nil) {
        self.startedAt = startedAt
        self.endsAt = endsAt
    }

    /// The state at a time.
    public func status(at now: Timestamp) -> Status {
        guard startedAt != nil else { return .disabled }
        guard let endsAt else { return .enabled }
        return now < endsAt ? .enabledUntilEarliestAllowedEnd : .disabled
    }

    /// Whether it is in force at a time.
    public func isInForce(at now: Timestamp) -> Bool { status(at: now) != .disabled }

    /// The earliest time at which it can end; nil when there never was one.
    public var earliestAllowedEnd: Timestamp? {
        startedAt.map {
            Timestamp(millisecondsSinceEpoch: $0.millisecondsSinceEpoch + Limits.minimumCommitmentMilliseconds)
        }
    }

    /// Begins one, or keeps the one that is about to end.
    public mutating func enable(at now: Timestamp) {
        if !isInForce(at: now) { startedAt = now }
        endsAt = nil
    }

    /// Gives it up: it ends at once, or with its first day.
    public mutating func disable(at now: Timestamp) {
        guard status(at: now) == .enabled else { return }
        endsAt = max(now, earliestAllowedEnd ?? now)
    }
}
