/// A condition on an attribute: a value it must have, or whether it exists.
public struct ExpectedAttribute: Codable, Hashable, Sendable {
    /// The value it must have.
    public var value: AttributeValue?
    /// False: it must not exist. True (default): it must have the value.
    public var exists: Bool?
    /// How it is compared to the list: `EQ`, `NE`, `NULL`, `NOT_NULL`, …
    public var comparisonOperator: String?
    /// What it is compared to.
    public var attributeValueList: [AttributeValue]?

    /// A value from its members.
    public init(
        value: AttributeValue? = nil,
        exists: Bool? = nil,
        comparisonOperator: String? = nil,
        attributeValueList: [AttributeValue]? = nil
    ) {
        self.value = value
        self.exists = exists
        self.comparisonOperator = comparisonOperator
        self.attributeValueList = attributeValueList
    }

    enum CodingKeys: String, CodingKey {
        case value = "Value"
        case exists = "Exists"
        case comparisonOperator = "ComparisonOperator"
        case attributeValueList = "AttributeValueList"
    }
}
