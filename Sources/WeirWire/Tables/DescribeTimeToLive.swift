/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html
public enum DescribeTimeToLive: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?

        /// An input from its members.
        public init(tableName: String? = nil) {
            self.tableName = tableName
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// Whether items expire.
        public var timeToLiveDescription: TimeToLiveDescription

        /// An output from its members.
        public init(timeToLiveDescription: TimeToLiveDescription) {
            self.timeToLiveDescription = timeToLiveDescription
        }

        enum CodingKeys: String, CodingKey {
            case timeToLiveDescription = "TimeToLiveDescription"
        }
    }
}
