/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
public enum TransactGetItems: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// Which items.
        public var transactItems: [TransactGetItem]?
        /// `INDEXES`, `TOTAL` or `NONE` (default): whether to tell what the call would cost.
        public var returnConsumedCapacity: String?

        /// An input from its members.
        public init(transactItems: [TransactGetItem]? = nil, returnConsumedCapacity: String? = nil) {
            self.transactItems = transactItems
            self.returnConsumedCapacity = returnConsumedCapacity
        }

        enum CodingKeys: String, CodingKey {
            case transactItems = "TransactItems"
            case returnConsumedCapacity = "ReturnConsumedCapacity"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The items, in the order of the request.
        public var responses: [ItemResponse]
        /// What the call would cost.
        public var consumedCapacity: [ConsumedCapacity]?

        /// An output from its members.
        public init(responses: [ItemResponse], consumedCapacity: [ConsumedCapacity]? = nil) {
            self.responses = responses
            self.consumedCapacity = consumedCapacity
        }

        enum CodingKeys: String, CodingKey {
            case responses = "Responses"
            case consumedCapacity = "ConsumedCapacity"
        }
    }
}
