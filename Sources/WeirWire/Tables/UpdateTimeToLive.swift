/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
public enum UpdateTimeToLive: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?
        /// Whether items expire.
        public var timeToLiveSpecification: TimeToLiveSpecification?

        /// An input from its members.
        public init(tableName: String? = nil, timeToLiveSpecification: TimeToLiveSpecification? = nil) {
            self.tableName = tableName
            self.timeToLiveSpecification = timeToLiveSpecification
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case timeToLiveSpecification = "TimeToLiveSpecification"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// As in the request.
        public var timeToLiveSpecification: TimeToLiveSpecification

        /// An output from its members.
        public init(timeToLiveSpecification: TimeToLiveSpecification) {
            self.timeToLiveSpecification = timeToLiveSpecification
        }

        enum CodingKeys: String, CodingKey {
            case timeToLiveSpecification = "TimeToLiveSpecification"
        }
    }
}
