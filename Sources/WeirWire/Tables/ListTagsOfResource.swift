/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
public enum ListTagsOfResource: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table's ARN.
        public var resourceARN: String?
        /// Go on here.
        public var nextToken: String?

        /// An input from its members.
        public init(resourceARN: String? = nil, nextToken: String? = nil) {
            self.resourceARN = resourceARN
            self.nextToken = nextToken
        }

        enum CodingKeys: String, CodingKey {
            case resourceARN = "ResourceArn"
            case nextToken = "NextToken"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The tags, by ascending key.
        public var tags: [Tag]
        /// Where to go on, when there are more.
        public var nextToken: String?

        /// An output from its members.
        public init(tags: [Tag], nextToken: String? = nil) {
            self.tags = tags
            self.nextToken = nextToken
        }

        enum CodingKeys: String, CodingKey {
            case tags = "Tags"
            case nextToken = "NextToken"
        }
    }
}
