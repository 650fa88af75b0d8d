/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
public enum GetItem: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?
        /// The key attributes.
        public var key: Item?
        /// Reads are always consistent here.
        public var consistentRead: Bool?
        /// Names of the attributes to give.
        public var attributesToGet: [String]?
        /// The parts to give, as an expression.
        public var projectionExpression: String?
        /// What `#name` stands for in the expressions.
        public var expressionAttributeNames: [String: String]?
        /// `INDEXES`, `TOTAL` or `NONE` (default): whether to tell what the call would cost.
        public var returnConsumedCapacity: String?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            key: Item? = nil,
            consistentRead: Bool? = nil,
            attributesToGet: [String]? = nil,
            projectionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            returnConsumedCapacity: String? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.consistentRead = consistentRead
            self.attributesToGet = attributesToGet
            self.projectionExpression = projectionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.returnConsumedCapacity = returnConsumedCapacity
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case key = "Key"
            case consistentRead = "ConsistentRead"
            case attributesToGet = "AttributesToGet"
            case projectionExpression = "ProjectionExpression"
            case expressionAttributeNames = "ExpressionAttributeNames"
            case returnConsumedCapacity = "ReturnConsumedCapacity"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The item, when there is one.
        public var item: Item?
        /// What the call would cost.
        public var consumedCapacity: ConsumedCapacity?

        /// An output from its members.
        public init(item: Item? = nil, consumedCapacity: ConsumedCapacity? = nil) {
            self.item = item
            self.consumedCapacity = consumedCapacity
        }

        enum CodingKeys: String, CodingKey {
            case item = "Item"
            case consumedCapacity = "ConsumedCapacity"
        }
    }
}
