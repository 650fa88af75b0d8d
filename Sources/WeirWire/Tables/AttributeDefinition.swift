/// The type of a key attribute.
public struct AttributeDefinition: Codable, Hashable, Sendable {
    /// The attribute.
    public var attributeName: String
    /// `S`, `N` or `B`.
    public var attributeType: String

    /// A value from its members.
    public init(attributeName: String, attributeType: String) {
        self.attributeName = attributeName
        self.attributeType = attributeType
    }

    enum CodingKeys: String, CodingKey {
        case attributeName = "AttributeName"
        case attributeType = "AttributeType"
    }
}
