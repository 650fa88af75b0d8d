/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UntagResource.html
public enum UntagTable: DynamoDBAction {
    public static var name: String { "UntagResource" }

    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table's ARN.
        public var resourceARN: String?
        /// Keys of tags to remove.
        public var tagKeys: [String]?

        /// An input from its members.
        public init(resourceARN: String? = nil, tagKeys: [String]? = nil) {
            self.resourceARN = resourceARN
            self.tagKeys = tagKeys
        }

        enum CodingKeys: String, CodingKey {
            case resourceARN = "ResourceArn"
            case tagKeys = "TagKeys"
        }
    }

    /// There is no output.
    public typealias Response = EmptyResponse
}
