/// The items of a table that a call asks for.
public struct KeysAndAttributes: Codable, Hashable, Sendable {
    /// Their keys.
    public var keys: [Item]?
    /// Names of the attributes to give.
    public var attributesToGet: [String]?
    /// Reads are always consistent here.
    public var consistentRead: Bool?
    /// The parts to give, as an expression.
    public var projectionExpression: String?
    /// What `#name` stands for in the expressions.
    public var expressionAttributeNames: [String: String]?

    /// A value from its members.
    public init(
        keys: [Item]? = nil,
        attributesToGet: [String]? = nil,
        consistentRead: Bool? = nil,
        projectionExpression: String? = nil,
        expressionAttributeNames: [String: String]? = nil
    ) {
        self.keys = keys
        self.attributesToGet = attributesToGet
        self.consistentRead = consistentRead
        self.projectionExpression = projectionExpression
        self.expressionAttributeNames = expressionAttributeNames
    }

    enum CodingKeys: String, CodingKey {
        case keys = "Keys"
        case attributesToGet = "AttributesToGet"
        case consistentRead = "ConsistentRead"
        case projectionExpression = "ProjectionExpression"
        case expressionAttributeNames = "ExpressionAttributeNames"
    }
}
