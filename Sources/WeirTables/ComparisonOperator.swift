import WeirWire

/// How an attribute is compared to the values of a condition.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Conditions.html
enum ComparisonOperator: String, CaseIterable {
    case equal = "EQ"
    case notEqual = "NE"
    case lessOrEqual = "LE"
    case less = "LT"
    case greaterOrEqual = "GE"
    case greater = "GT"
    case exists = "NOT_NULL"
    case absent = "NULL"
    case contains = "CONTAINS"
    case notContains = "NOT_CONTAINS"
    case beginsWith = "BEGINS_WITH"
    case oneOf = "IN"
    case between = "BETWEEN"

    /// How many values the operator takes.
    var valueCount: ClosedRange<Int> {
        switch self {
        case .exists, .absent: 0...0
        case .oneOf: 1...Int.max
        case .between: 2...2
        default: 1...1
        }
    }

    /// The types of values that the operator takes.
    var valueTypes: Set<String> {
        switch self {
        case .equal, .notEqual: ["S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL"]
        case .beginsWith: ["S", "B"]
        case .contains, .notContains: ["S", "N", "B", "BOOL", "NULL"]
        default: ["S", "N", "B"]
        }
    }

    /// Whether the attribute (nil: there is none) compares so to the values, which are as many as the operator takes.
    func holds(_ attribute: AttributeValue?, _ values: [AttributeValue]) -> Bool {
        switch self {
        case .exists: return attribute != nil
        case .absent: return attribute == nil
        case .notEqual: return attribute != values[0]
        case .notContains: return !(attribute.map { Self.contains($0, values[0]) } ?? false)
        default: break
        }
        guard let attribute else { return false }
        switch self {
        case .equal: return attribute == values[0]
        case .oneOf: return values.contains(attribute)
        case .less: return Self.order(attribute, values[0]) == .less
        case .lessOrEqual: return Self.order(attribute, values[0]).map { $0 != .greater } ?? false
        case .greater: return Self.order(attribute, values[0]) == .greater
        case .greaterOrEqual: return Self.order(attribute, values[0]).map { $0 != .less } ?? false
        case .between:
            guard let low = Self.order(attribute, values[0]), let high = Self.order(attribute, values[1]) else {
                return false
            }
            return low != .less && high != .greater
        case .beginsWith: return Self.begins(attribute, values[0])
        case .contains: return Self.contains(attribute, values[0])
        default: return false
        }
    }

    enum Order {
        case less, equal, greater
    }

    /// How two values of one type compare; nil when they are of different types, or of one without an order.
    static func order(_ left: AttributeValue, _ right: AttributeValue) -> Order? {
        switch (left, right) {
        case (.string(let left), .string(let right)): return order(left.utf8, right.utf8)
        case (.binary(let left), .binary(let right)): return order(left, right)
        case (.number(let left), .number(let right)):
            guard let left = DecimalNumber(left), let right = DecimalNumber(right) else { return nil }
            return left == right ? .equal : left < right ? .less : .greater
        default: return nil
        }
    }

    private static func order<Bytes: Sequence<UInt8>>(_ left: Bytes, _ right: Bytes) -> Order {
        if left.lexicographicallyPrecedes(right) { return .less }
        return right.lexicographicallyPrecedes(left) ? .greater : .equal
    }

    private static func begins(_ attribute: AttributeValue, _ prefix: AttributeValue) -> Bool {
        switch (attribute, prefix) {
        case (.string(let text), .string(let prefix)): text.utf8.starts(with: prefix.utf8)
        case (.binary(let bytes), .binary(let prefix)): bytes.starts(with: prefix)
        default: false
        }
    }

    private static func contains(_ attribute: AttributeValue, _ value: AttributeValue) -> Bool {
        switch (attribute, value) {
        case (.string(let text), .string(let part)): isPart(Array(part.utf8), of: Array(text.utf8))
        case (.binary(let bytes), .binary(let part)): isPart(part, of: bytes)
        case (.stringSet(let set), .string(let member)): set.contains(ExactText(member))
        case (.numberSet(let set), .number(let member)): set.contains(member)
        case (.binarySet(let set), .binary(let member)): set.contains(member)
        case (.list(let list), _): list.contains(value)
        default: false
        }
    }

    private static func isPart(_ part: [UInt8], of whole: [UInt8]) -> Bool {
        guard part.count <= whole.count else { return false }
        return (0...(whole.count - part.count)).contains { whole[$0...].starts(with: part) }
    }
}
