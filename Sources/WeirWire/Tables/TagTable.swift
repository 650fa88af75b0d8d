/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
public enum TagTable: DynamoDBAction {
    public static var name: String { "TagResource" }

    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table's ARN.
        public var resourceARN: String?
        /// Tags to set.
        public var tags: [Tag]?

        /// An input from its members.
        public init(resourceARN: String? = nil, tags: [Tag]? = nil) {
            self.resourceARN = resourceARN
            self.tags = tags
        }

        enum CodingKeys: String, CodingKey {
            case resourceARN = "ResourceArn"
            case tags = "Tags"
        }
    }

    /// There is no output.
    public typealias Response = EmptyResponse
}
