/// The backups of a table, as they were asked for. There are none here: back up the data folder.
public struct ContinuousBackupsDescription: Codable, Hashable, Sendable {
    /// `ENABLED`.
    public var continuousBackupsStatus: String
    /// What was asked for.
    public var pointInTimeRecoveryDescription: PointInTimeRecoveryDescription

    /// A value from its members.
    public init(continuousBackupsStatus: String, pointInTimeRecoveryDescription: PointInTimeRecoveryDescription) {
        self.continuousBackupsStatus = continuousBackupsStatus
        self.pointInTimeRecoveryDescription = pointInTimeRecoveryDescription
    }

    enum CodingKeys: String, CodingKey {
        case continuousBackupsStatus = "ContinuousBackupsStatus"
        case pointInTimeRecoveryDescription = "PointInTimeRecoveryDescription"
    }
}
