/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
public enum DescribeTable: DynamoDBAction {
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
        /// The table.
        public var table: TableDescriptionShape

        /// An output from its members.
        public init(table: TableDescriptionShape) {
            self.table = table
        }

        enum CodingKeys: String, CodingKey {
            case table = "Table"
        }
    }
}
