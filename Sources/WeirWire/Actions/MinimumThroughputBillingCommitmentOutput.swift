import WeirModel

/// The commitment of an account to a minimum throughput.
public struct MinimumThroughputBillingCommitmentOutput: Codable, Hashable, Sendable {
    /// `ENABLED`, `DISABLED` or `ENABLED_UNTIL_EARLIEST_ALLOWED_END`.
    public var status: String
    /// When it began.
    public var startedAt: Timestamp?
    /// When it ended.
    public var endedAt: Timestamp?
    /// When it can end.
    public var earliestAllowedEndAt: Timestamp?

    /// A value from its members.
    public init(
        status: String,
        startedAt: Timestamp? = nil,
        endedAt: Timestamp? = nil,
        earliestAllowedEndAt: Timestamp? = nil
    ) {
        self.status = status
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.earliestAllowedEndAt = earliestAllowedEndAt
    }

    enum CodingKeys: String, CodingKey {
        case status = "Status"
        case startedAt = "StartedAt"
        case endedAt = "EndedAt"
        case earliestAllowedEndAt = "EarliestAllowedEndAt"
    }
}
