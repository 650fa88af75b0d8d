/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
public enum DeleteTable: DynamoDBAction {
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
        /// The table as it was.
        public var tableDescription: TableDescriptionShape

        /// An output from its members.
        public init(tableDescription: TableDescriptionShape) {
            self.tableDescription = tableDescription
        }

        enum CodingKeys: String, CodingKey {
            case tableDescription = "TableDescription"
        }
    }
}
