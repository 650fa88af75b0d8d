/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
public enum BatchWriteItem: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// Changes, by table.
        public var requestItems: [String: [WriteRequest]]?
        /// `INDEXES`, `TOTAL` or `NONE` (default): whether to tell what the call would cost.
        public var returnConsumedCapacity: String?
        /// `SIZE` or `NONE` (default); there are no item collections with a size here.
        public var returnItemCollectionMetrics: String?

        /// An input from its members.
        public init(
            requestItems: [String: [WriteRequest]]? = nil,
            returnConsumedCapacity: String? = nil,
            returnItemCollectionMetrics: String? = nil
        ) {
            self.requestItems = requestItems
            self.returnConsumedCapacity = returnConsumedCapacity
            self.returnItemCollectionMetrics = returnItemCollectionMetrics
        }

        enum CodingKeys: String, CodingKey {
            case requestItems = "RequestItems"
            case returnConsumedCapacity = "ReturnConsumedCapacity"
            case returnItemCollectionMetrics = "ReturnItemCollectionMetrics"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// Always empty.
        public var unprocessedItems: [String: [WriteRequest]]
        /// What the call would cost.
        public var consumedCapacity: [ConsumedCapacity]?

        /// An output from its members.
        public init(unprocessedItems: [String: [WriteRequest]], consumedCapacity: [ConsumedCapacity]? = nil) {
            self.unprocessedItems = unprocessedItems
            self.consumedCapacity = consumedCapacity
        }

        enum CodingKeys: String, CodingKey {
            case unprocessedItems = "UnprocessedItems"
            case consumedCapacity = "ConsumedCapacity"
        }
    }
}
