/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html
public enum DescribeContinuousBackups: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?

        /// An input from its members.
        public init(tableName: String? = nil) {
            self.tableName = tableName
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
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
