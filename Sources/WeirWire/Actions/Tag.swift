/// A tag.
public struct Tag: Codable, Hashable, Sendable {
    /// The key.
    public var key: String
    /// The value.
    public var value: String?

    /// A value from its members.
    public init(key: String, value: String? = nil) {
        self.key = key
        self.value = value
    }

    enum CodingKeys: String, CodingKey {
        case key = "Key"
        case value = "Value"
    }
}
