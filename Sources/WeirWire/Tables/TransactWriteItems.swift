/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
public enum TransactWriteItems: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The steps.
        public var transactItems: [TransactWriteItem]?
        /// A transaction with the same token within ten minutes is the same one.
        public var clientRequestToken: String?
        /// `INDEXES`, `TOTAL` or `NONE` (default): whether to tell what the call would cost.
        public var returnConsumedCapacity: String?
        /// `SIZE` or `NONE` (default); there are no item collections with a size here.
        public var returnItemCollectionMetrics: String?

        /// An input from its members.
        public init(
            transactItems: [TransactWriteItem]? = nil,
            clientRequestToken: String? = nil,
            returnConsumedCapacity: String? = nil,
            returnItemCollectionMetrics: String? = nil
        ) {
            self.transactItems = transactItems
            self.clientRequestToken = clientRequestToken
            self.returnConsumedCapacity = returnConsumedCapacity
            self.returnItemCollectionMetrics = returnItemCollectionMetrics
        }

        enum CodingKeys: String, CodingKey {
            case transactItems = "TransactItems"
            case clientRequestToken = "ClientRequestToken"
            case returnConsumedCapacity = "ReturnConsumedCapacity"
            case returnItemCollectionMetrics = "ReturnItemCollectionMetrics"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// What the call would cost.
        public var consumedCapacity: [ConsumedCapacity]?

        /// An output from its members.
        public init(consumedCapacity: [ConsumedCapacity]? = nil) {
            self.consumedCapacity = consumedCapacity
        }

        enum CodingKeys: String, CodingKey {
            case consumedCapacity = "ConsumedCapacity"
        }
    }
}
