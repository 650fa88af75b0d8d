/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
public enum UpdateContinuousBackups: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?
        /// What is asked for; stored only.
        public var pointInTimeRecoverySpecification: PointInTimeRecoverySpecification?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            pointInTimeRecoverySpecification: PointInTimeRecoverySpecification? = nil
        ) {
            self.tableName = tableName
            self.pointInTimeRecoverySpecification = pointInTimeRecoverySpecification
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case pointInTimeRecoverySpecification = "PointInTimeRecoverySpecification"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// What was asked for.
        public var continuousBackupsDescription: ContinuousBackupsDescription

        /// An output from its members.
        public init(continuousBackupsDescription: ContinuousBackupsDescription) {
            self.continuousBackupsDescription = continuousBackupsDescription
        }

        enum CodingKeys: String, CodingKey {
            case continuousBackupsDescription = "ContinuousBackupsDescription"
        }
    }
}
