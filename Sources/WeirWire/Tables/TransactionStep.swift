/// What a step of a transaction does to an item.
public struct TransactionStep: Codable, Hashable, Sendable {
    /// The table, by its name or ARN.
    public var tableName: String?
    /// The key attributes.
    public var key: Item?
    /// The item, when it is put.
    public var item: Item?
    /// The changes, when it is changed.
    public var updateExpression: String?
    /// A condition as an expression.
    public var conditionExpression: String?
    /// What `#name` stands for in the expressions.
    public var expressionAttributeNames: [String: String]?
    /// What `:value` stands for in the expressions.
    public var expressionAttributeValues: [String: AttributeValue]?
    /// `ALL_OLD` or `NONE` (default): whether the error of a failed condition carries the item.
    public var returnValuesOnConditionCheckFailure: String?

    /// A value from its members.
    public init(
        tableName: String? = nil,
        key: Item? = nil,
        item: Item? = nil,
        updateExpression: String? = nil,
        conditionExpression: String? = nil,
        expressionAttributeNames: [String: String]? = nil,
        expressionAttributeValues: [String: AttributeValue]? = nil,
        returnValuesOnConditionCheckFailure: String? = nil
    ) {
        self.tableName = tableName
        self.key = key
        self.item = item
        self.updateExpression = updateExpression
        self.conditionExpression = conditionExpression
        self.expressionAttributeNames = expressionAttributeNames
        self.expressionAttributeValues = expressionAttributeValues
        self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
    }

    enum CodingKeys: String, CodingKey {
        case tableName = "TableName"
        case key = "Key"
        case item = "Item"
        case updateExpression = "UpdateExpression"
        case conditionExpression = "ConditionExpression"
        case expressionAttributeNames = "ExpressionAttributeNames"
        case expressionAttributeValues = "ExpressionAttributeValues"
        case returnValuesOnConditionCheckFailure = "ReturnValuesOnConditionCheckFailure"
    }
}
