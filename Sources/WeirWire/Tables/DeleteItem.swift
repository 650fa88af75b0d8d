/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
public enum DeleteItem: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table.
        public var tableName: String?
        /// The hash key and its value.
        public var key: Item?
        /// Conditions by attribute, all of which must hold.
        public var expected: [String: ExpectedAttribute]?
        /// `NONE` (default), `ALL_OLD`, and for UpdateItem `ALL_NEW`, `UPDATED_OLD`, `UPDATED_NEW`.
        public var returnValues: String?
        /// `AND` (default) or `OR`: how the conditions of `Expected` are joined.
        public var conditionalOperator: String?
        /// A condition as an expression.
        public var conditionExpression: String?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            key: Item? = nil,
            expected: [String: ExpectedAttribute]? = nil,
            returnValues: String? = nil,
            conditionalOperator: String? = nil,
            conditionExpression: String? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.expected = expected
            self.returnValues = returnValues
            self.conditionalOperator = conditionalOperator
            self.conditionExpression = conditionExpression
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case key = "Key"
            case expected = "Expected"
            case returnValues = "ReturnValues"
            case conditionalOperator = "ConditionalOperator"
            case conditionExpression = "ConditionExpression"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// What `ReturnValues` asked for.
        public var attributes: Item?

        /// An output from its members.
        public init(attributes: Item? = nil) {
            self.attributes = attributes
        }

        enum CodingKeys: String, CodingKey {
            case attributes = "Attributes"
        }
    }
}
