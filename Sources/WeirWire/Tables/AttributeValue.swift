/// A value of an item's attribute. Texts, and the names in maps, are equal when their bytes are: see ``ExactText``.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
public enum AttributeValue: Sendable {
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
    case stringSet(Set<ExactText>)
    /// Numbers, each once.
    case numberSet(Set<String>)
    /// Byte strings, each once.
    case binarySet(Set<[UInt8]>)
    /// Values in order.
    case list([AttributeValue])
    /// Values by name.
    case map([String: AttributeValue])
}

extension AttributeValue {
    /// A set of texts.
    public init(texts: some Sequence<String>) { self = .stringSet(Set(texts.map { ExactText($0) })) }
}

extension AttributeValue: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): ExactText(left) == ExactText(right)
        case (.number(let left), .number(let right)): left == right
        case (.binary(let left), .binary(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.null, .null): true
        case (.stringSet(let left), .stringSet(let right)): left == right
        case (.numberSet(let left), .numberSet(let right)): left == right
        case (.binarySet(let left), .binarySet(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): areEqual(left, right)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let text): hasher.combine(text)
        case .number(let text): hasher.combine(text)
        case .binary(let bytes): hasher.combine(bytes)
        case .bool(let flag): hasher.combine(flag)
        case .null: break
        case .stringSet(let set): hasher.combine(set)
        case .numberSet(let set): hasher.combine(set)
        case .binarySet(let set): hasher.combine(set)
        case .list(let list): hasher.combine(list)
        case .map(let map): hasher.combine(map)
        }
    }

    private static func areEqual(_ left: Item, _ right: Item) -> Bool {
        guard left.count == right.count else { return false }
        return left.allSatisfy { name, value in
            guard let place = right.index(forKey: name) else { return false }
            return ExactText(right[place].key) == ExactText(name) && right[place].value == value
        }
    }
}

/// The attributes of an item, by name.
public typealias Item = [String: AttributeValue]
