/// A change of an attribute.
public struct AttributeUpdate: Codable, Hashable, Sendable {
    /// The value; none with `DELETE` of the whole attribute.
    public var value: AttributeValue?
    /// `PUT` (default), `ADD` or `DELETE`.
    public var action: String?

    /// A value from its members.
    public init(value: AttributeValue? = nil, action: String? = nil) {
        self.value = value
        self.action = action
    }

    enum CodingKeys: String, CodingKey {
        case value = "Value"
        case action = "Action"
    }
}
