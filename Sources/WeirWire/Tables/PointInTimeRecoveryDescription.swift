import WeirModel

/// Whether the past of a table is said to be kept.
public struct PointInTimeRecoveryDescription: Codable, Hashable, Sendable {
    /// `ENABLED` or `DISABLED`.
    public var pointInTimeRecoveryStatus: String
    /// Since when.
    public var earliestRestorableDateTime: Timestamp?
    /// Until when.
    public var latestRestorableDateTime: Timestamp?

    /// A value from its members.
    public init(
        pointInTimeRecoveryStatus: String,
        earliestRestorableDateTime: Timestamp? = nil,
        latestRestorableDateTime: Timestamp? = nil
    ) {
        self.pointInTimeRecoveryStatus = pointInTimeRecoveryStatus
        self.earliestRestorableDateTime = earliestRestorableDateTime
        self.latestRestorableDateTime = latestRestorableDateTime
    }

    enum CodingKeys: String, CodingKey {
        case pointInTimeRecoveryStatus = "PointInTimeRecoveryStatus"
        case earliestRestorableDateTime = "EarliestRestorableDateTime"
        case latestRestorableDateTime = "LatestRestorableDateTime"
    }
}
