/// A part of a key.
public struct KeySchemaElement: Codable, Hashable, Sendable {
    /// The attribute.
    public var attributeName: String
    /// `HASH` or `RANGE`.
    public var keyType: String

    /// A value from its members.
    public init(attributeName: String, keyType: String) {
        self.attributeName = attributeName
        self.keyType = keyType
    }

    enum CodingKeys: String, CodingKey {
        case attributeName = "AttributeName"
        case keyType = "KeyType"
    }
}
