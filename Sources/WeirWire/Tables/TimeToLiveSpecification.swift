/// Whether items expire, and by which attribute.
public struct TimeToLiveSpecification: Codable, Hashable, Sendable {
    /// Says when an item expires, in seconds since 1970.
    public var attributeName: String?
    /// Whether items expire.
    public var enabled: Bool?

    /// A value from its members.
    public init(attributeName: String? = nil, enabled: Bool? = nil) {
        self.attributeName = attributeName
        self.enabled = enabled
    }

    enum CodingKeys: String, CodingKey {
        case attributeName = "AttributeName"
        case enabled = "Enabled"
    }
}
