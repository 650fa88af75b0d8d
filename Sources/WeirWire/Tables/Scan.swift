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
        /// Conditions by attribute.
        public var scanFilter: [String: ExpectedAttribute]?
        /// `AND` (default) or `OR`: how the conditions of `ScanFilter` are joined.
        public var conditionalOperator: String?
        /// Which part of a parallel scan.
        public var segment: Int?
        /// Parts of a parallel scan.
        public var totalSegments: Int?
        /// An index to scan instead of the table.
        public var indexName: String?
        /// `ALL_ATTRIBUTES` (default), `COUNT`, …
        public var select: String?
        /// Names of the attributes to give.
        public var attributesToGet: [String]?
        /// The attributes to give, as an expression.
        public var projectionExpression: String?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            limit: Int? = nil,
            exclusiveStartKey: Item? = nil,
            consistentRead: Bool? = nil,
            filterExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            expressionAttributeValues: [String: AttributeValue]? = nil,
            scanFilter: [String: ExpectedAttribute]? = nil,
            conditionalOperator: String? = nil,
            segment: Int? = nil,
            totalSegments: Int? = nil,
            indexName: String? = nil,
            select: String? = nil,
            attributesToGet: [String]? = nil,
            projectionExpression: String? = nil
        ) {
            self.tableName = tableName
            self.limit = limit
            self.exclusiveStartKey = exclusiveStartKey
            self.consistentRead = consistentRead
            self.filterExpression = filterExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.scanFilter = scanFilter
            self.conditionalOperator = conditionalOperator
            self.segment = segment
            self.totalSegments = totalSegments
            self.indexName = indexName
            self.select = select
            self.attributesToGet = attributesToGet
            self.projectionExpression = projectionExpression
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case limit = "Limit"
            case exclusiveStartKey = "ExclusiveStartKey"
            case consistentRead = "ConsistentRead"
            case filterExpression = "FilterExpression"
            case expressionAttributeNames = "ExpressionAttributeNames"
            case expressionAttributeValues = "ExpressionAttributeValues"
            case scanFilter = "ScanFilter"
            case conditionalOperator = "ConditionalOperator"
            case segment = "Segment"
            case totalSegments = "TotalSegments"
            case indexName = "IndexName"
            case select = "Select"
            case attributesToGet = "AttributesToGet"
            case projectionExpression = "ProjectionExpression"
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
