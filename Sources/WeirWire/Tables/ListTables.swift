/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
public enum ListTables: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// Go on after this table.
        public var exclusiveStartTableName: String?
        /// Tables of the answer, at most: 1 to 100, the default.
        public var limit: Int?

        /// An input from its members.
        public init(exclusiveStartTableName: String? = nil, limit: Int? = nil) {
            self.exclusiveStartTableName = exclusiveStartTableName
            self.limit = limit
        }

        enum CodingKeys: String, CodingKey {
            case exclusiveStartTableName = "ExclusiveStartTableName"
            case limit = "Limit"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The names, ascending.
        public var tableNames: [String]
        /// Where to go on, when there are more.
        public var lastEvaluatedTableName: String?

        /// An output from its members.
        public init(tableNames: [String], lastEvaluatedTableName: String? = nil) {
            self.tableNames = tableNames
            self.lastEvaluatedTableName = lastEvaluatedTableName
        }

        enum CodingKeys: String, CodingKey {
            case tableNames = "TableNames"
            case lastEvaluatedTableName = "LastEvaluatedTableName"
        }
    }
}
