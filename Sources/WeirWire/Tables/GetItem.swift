/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
public enum GetItem: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table.
        public var tableName: String?
        /// The hash key and its value.
        public var key: Item?
        /// Reads are always consistent here.
        public var consistentRead: Bool?
        /// Names of the attributes to give.
        public var attributesToGet: [String]?
        /// The attributes to give, as an expression.
        public var projectionExpression: String?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            key: Item? = nil,
            consistentRead: Bool? = nil,
            attributesToGet: [String]? = nil,
            projectionExpression: String? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.consistentRead = consistentRead
            self.attributesToGet = attributesToGet
            self.projectionExpression = projectionExpression
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case key = "Key"
            case consistentRead = "ConsistentRead"
            case attributesToGet = "AttributesToGet"
            case projectionExpression = "ProjectionExpression"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The item, when there is one.
        public var item: Item?

        /// An output from its members.
        public init(item: Item? = nil) {
            self.item = item
        }

        enum CodingKeys: String, CodingKey {
            case item = "Item"
        }
    }
}
