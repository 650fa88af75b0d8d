/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
public enum BatchGetItem: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// Which items, by table.
        public var requestItems: [String: KeysAndAttributes]?
        /// `INDEXES`, `TOTAL` or `NONE` (default): whether to tell what the call would cost.
        public var returnConsumedCapacity: String?

        /// An input from its members.
        public init(requestItems: [String: KeysAndAttributes]? = nil, returnConsumedCapacity: String? = nil) {
            self.requestItems = requestItems
            self.returnConsumedCapacity = returnConsumedCapacity
        }

        enum CodingKeys: String, CodingKey {
            case requestItems = "RequestItems"
            case returnConsumedCapacity = "ReturnConsumedCapacity"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The items that there are, by table.
        public var responses: [String: [Item]]
        /// What did not fit into the answer, by table.
        public var unprocessedKeys: [String: KeysAndAttributes]
        /// What the call would cost.
        public var consumedCapacity: [ConsumedCapacity]?

        /// An output from its members.
        public init(
            responses: [String: [Item]],
            unprocessedKeys: [String: KeysAndAttributes],
            consumedCapacity: [ConsumedCapacity]? = nil
        ) {
            self.responses = responses
            self.unprocessedKeys = unprocessedKeys
            self.consumedCapacity = consumedCapacity
        }

        enum CodingKeys: String, CodingKey {
            case responses = "Responses"
            case unprocessedKeys = "UnprocessedKeys"
            case consumedCapacity = "ConsumedCapacity"
        }
    }
}
