/// A value of an item's attribute.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
public enum AttributeValue: Hashable, Sendable {
    /// Text.
    case string(String)
    /// A number, as the decimal text it was given in.
    case number(String)
    /// Bytes.
    case binary([UInt8])
    /// Truth.
    case bool(Bool)
    /// Nothing.
    case null
    /// Texts, each once.
    case stringSet(Set<String>)
    /// Numbers, each once.
    case numberSet(Set<String>)
    /// Byte strings, each once.
    case binarySet(Set<[UInt8]>)
    /// Values in order.
    case list([AttributeValue])
    /// Values by name.
    case map([String: AttributeValue])
}

/// The attributes of an item, by name.
public typealias Item = [String: AttributeValue]
