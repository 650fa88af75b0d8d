/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
public enum Scan: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table.
        public var tableName: String?
        /// Items looked at, at most.
        public var limit: Int?
        /// Go on after this key.
        public var exclusiveStartKey: Item?
        /// Reads are always consistent here.
        public var consistentRead: Bool?
        /// Only `name = :value`.
        public var filterExpression: String?
        /// What stands for `#name` in the expression.
        public var expressionAttributeNames: [String: String]?
        /// What stands for `:value` in the expression.
        public var expressionAttributeValues: [String: AttributeValue]?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            limit: Int? = nil,
            exclusiveStartKey: Item? = nil,
            consistentRead: Bool? = nil,
            filterExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            expressionAttributeValues: [String: AttributeValue]? = nil
        ) {
            self.tableName = tableName
            self.limit = limit
            self.exclusiveStartKey = exclusiveStartKey
            self.consistentRead = consistentRead
            self.filterExpression = filterExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case limit = "Limit"
            case exclusiveStartKey = "ExclusiveStartKey"
            case consistentRead = "ConsistentRead"
            case filterExpression = "FilterExpression"
            case expressionAttributeNames = "ExpressionAttributeNames"
            case expressionAttributeValues = "ExpressionAttributeValues"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The items.
        public var items: [Item]
        /// How many there are.
        public var count: Int
        /// How many were looked at.
        public var scannedCount: Int
        /// Where to go on, when there are more.
        public var lastEvaluatedKey: Item?

        /// An output from its members.
        public init(items: [Item], count: Int, scannedCount: Int, lastEvaluatedKey: Item? = nil) {
            self.items = items
            self.count = count
            self.scannedCount = scannedCount
            self.lastEvaluatedKey = lastEvaluatedKey
        }

        enum CodingKeys: String, CodingKey {
            case items = "Items"
            case count = "Count"
            case scannedCount = "ScannedCount"
            case lastEvaluatedKey = "LastEvaluatedKey"
        }
    }
}
