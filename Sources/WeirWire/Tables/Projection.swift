/// What an index gives of its items.
public struct Projection: Codable, Hashable, Sendable {
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
    public var projectionType: String?
    /// Attributes to give besides the keys, with `INCLUDE`.
    public var nonKeyAttributes: [String]?

    /// A value from its members.
    public init(projectionType: String? = nil, nonKeyAttributes: [String]? = nil) {
        self.projectionType = projectionType
        self.nonKeyAttributes = nonKeyAttributes
    }

    enum CodingKeys: String, CodingKey {
        case projectionType = "ProjectionType"
        case nonKeyAttributes = "NonKeyAttributes"
    }
}
