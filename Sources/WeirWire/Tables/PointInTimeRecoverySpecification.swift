/// Whether the past of a table is to be kept.
public struct PointInTimeRecoverySpecification: Codable, Hashable, Sendable {
    /// Whether it is.
    public var pointInTimeRecoveryEnabled: Bool?
    /// For how long: 1 to 35 days; stored by nobody here.
    public var recoveryPeriodInDays: Int?

    /// A value from its members.
    public init(pointInTimeRecoveryEnabled: Bool? = nil, recoveryPeriodInDays: Int? = nil) {
        self.pointInTimeRecoveryEnabled = pointInTimeRecoveryEnabled
        self.recoveryPeriodInDays = recoveryPeriodInDays
    }

    enum CodingKeys: String, CodingKey {
        case pointInTimeRecoveryEnabled = "PointInTimeRecoveryEnabled"
        case recoveryPeriodInDays = "RecoveryPeriodInDays"
    }
}
