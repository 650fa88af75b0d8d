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

        /// An input from its members.
        public init(tableName: String? = nil, key: Item? = nil, consistentRead: Bool? = nil) {
            self.tableName = tableName
            self.key = key
            self.consistentRead = consistentRead
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case key = "Key"
            case consistentRead = "ConsistentRead"
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
