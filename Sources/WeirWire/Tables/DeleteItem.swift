/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
public enum DeleteItem: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?
        /// The key attributes.
        public var key: Item?
        /// Conditions by attribute.
        public var expected: [String: ExpectedAttribute]?
        /// `NONE` (default) or `ALL_OLD`.
        public var returnValues: String?
        /// `ALL_OLD` or `NONE` (default): whether the error of a failed condition carries the item.
        public var returnValuesOnConditionCheckFailure: String?
        /// `AND` (default) or `OR`: how the conditions of the legacy member are joined.
        public var conditionalOperator: String?
        /// A condition as an expression.
        public var conditionExpression: String?
        /// What `#name` stands for in the expressions.
        public var expressionAttributeNames: [String: String]?
        /// What `:value` stands for in the expressions.
        public var expressionAttributeValues: [String: AttributeValue]?
        /// `INDEXES`, `TOTAL` or `NONE` (default): whether to tell what the call would cost.
        public var returnConsumedCapacity: String?
        /// `SIZE` or `NONE` (default); there are no item collections with a size here.
        public var returnItemCollectionMetrics: String?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            key: Item? = nil,
            expected: [String: ExpectedAttribute]? = nil,
            returnValues: String? = nil,
            returnValuesOnConditionCheckFailure: String? = nil,
            conditionalOperator: String? = nil,
            conditionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            expressionAttributeValues: [String: AttributeValue]? = nil,
            returnConsumedCapacity: String? = nil,
            returnItemCollectionMetrics: String? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.expected = expected
            self.returnValues = returnValues
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
            self.conditionalOperator = conditionalOperator
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnConsumedCapacity = returnConsumedCapacity
            self.returnItemCollectionMetrics = returnItemCollectionMetrics
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case key = "Key"
            case expected = "Expected"
            case returnValues = "ReturnValues"
            case returnValuesOnConditionCheckFailure = "ReturnValuesOnConditionCheckFailure"
            case conditionalOperator = "ConditionalOperator"
            case conditionExpression = "ConditionExpression"
            case expressionAttributeNames = "ExpressionAttributeNames"
            case expressionAttributeValues = "ExpressionAttributeValues"
            case returnConsumedCapacity = "ReturnConsumedCapacity"
            case returnItemCollectionMetrics = "ReturnItemCollectionMetrics"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// What `ReturnValues` asked for.
        public var attributes: Item?
        /// What the call would cost.
        public var consumedCapacity: ConsumedCapacity?

        /// An output from its members.
        public init(attributes: Item? = nil, consumedCapacity: ConsumedCapacity? = nil) {
            self.attributes = attributes
            self.consumedCapacity = consumedCapacity
        }

        enum CodingKeys: String, CodingKey {
            case attributes = "Attributes"
            case consumedCapacity = "ConsumedCapacity"
        }
    }
}
