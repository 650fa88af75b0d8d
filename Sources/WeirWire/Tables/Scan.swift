/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
public enum Scan: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?
        /// Items looked at, at most.
        public var limit: Int?
        /// Go on after this key.
        public var exclusiveStartKey: Item?
        /// Reads are always consistent here.
        public var consistentRead: Bool?
        /// The index in whose order items are read.
        public var indexName: String?
        /// `ALL_ATTRIBUTES`, `ALL_PROJECTED_ATTRIBUTES`, `SPECIFIC_ATTRIBUTES` or `COUNT`.
        public var select: String?
        /// Names of the attributes to give.
        public var attributesToGet: [String]?
        /// The parts to give, as an expression.
        public var projectionExpression: String?
        /// Which of the items looked at are given, as an expression.
        public var filterExpression: String?
        /// What `#name` stands for in the expressions.
        public var expressionAttributeNames: [String: String]?
        /// What `:value` stands for in the expressions.
        public var expressionAttributeValues: [String: AttributeValue]?
        /// `AND` (default) or `OR`: how the conditions of the legacy member are joined.
        public var conditionalOperator: String?
        /// `INDEXES`, `TOTAL` or `NONE` (default): whether to tell what the call would cost.
        public var returnConsumedCapacity: String?
        /// Which of the items looked at are given, by attribute.
        public var scanFilter: [String: ExpectedAttribute]?
        /// Which part of a parallel scan, from 0.
        public var segment: Int?
        /// Parts of a parallel scan.
        public var totalSegments: Int?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            limit: Int? = nil,
            exclusiveStartKey: Item? = nil,
            consistentRead: Bool? = nil,
            indexName: String? = nil,
            select: String? = nil,
            attributesToGet: [String]? = nil,
            projectionExpression: String? = nil,
            filterExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            expressionAttributeValues: [String: AttributeValue]? = nil,
            conditionalOperator: String? = nil,
            returnConsumedCapacity: String? = nil,
            scanFilter: [String: ExpectedAttribute]? = nil,
            segment: Int? = nil,
            totalSegments: Int? = nil
        ) {
            self.tableName = tableName
            self.limit = limit
            self.exclusiveStartKey = exclusiveStartKey
            self.consistentRead = consistentRead
            self.indexName = indexName
            self.select = select
            self.attributesToGet = attributesToGet
            self.projectionExpression = projectionExpression
            self.filterExpression = filterExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.conditionalOperator = conditionalOperator
            self.returnConsumedCapacity = returnConsumedCapacity
            self.scanFilter = scanFilter
            self.segment = segment
            self.totalSegments = totalSegments
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case limit = "Limit"
            case exclusiveStartKey = "ExclusiveStartKey"
            case consistentRead = "ConsistentRead"
            case indexName = "IndexName"
            case select = "Select"
            case attributesToGet = "AttributesToGet"
            case projectionExpression = "ProjectionExpression"
            case filterExpression = "FilterExpression"
            case expressionAttributeNames = "ExpressionAttributeNames"
            case expressionAttributeValues = "ExpressionAttributeValues"
            case conditionalOperator = "ConditionalOperator"
            case returnConsumedCapacity = "ReturnConsumedCapacity"
            case scanFilter = "ScanFilter"
            case segment = "Segment"
            case totalSegments = "TotalSegments"
        }
    }

    /// The output.
    public typealias Response = ItemPageResponse
}
