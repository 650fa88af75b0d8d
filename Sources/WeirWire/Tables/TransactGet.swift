/// Which item a transaction reads.
public struct TransactGet: Codable, Hashable, Sendable {
    /// The table, by its name or ARN.
    public var tableName: String?
    /// The key attributes.
    public var key: Item?
    /// The parts to give, as an expression.
    public var projectionExpression: String?
    /// What `#name` stands for in the expressions.
    public var expressionAttributeNames: [String: String]?

    /// A value from its members.
    public init(
        tableName: String? = nil,
        key: Item? = nil,
        projectionExpression: String? = nil,
        expressionAttributeNames: [String: String]? = nil
    ) {
        self.tableName = tableName
        self.key = key
        self.projectionExpression = projectionExpression
        self.expressionAttributeNames = expressionAttributeNames
    }

    enum CodingKeys: String, CodingKey {
        case tableName = "TableName"
        case key = "Key"
        case projectionExpression = "ProjectionExpression"
        case expressionAttributeNames = "ExpressionAttributeNames"
    }
}
