import WeirWire

/// A condition on an item, as an expression says it.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
indirect enum Condition: Sendable {
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case comparison(Operand, Comparison, Operand)
    case between(Operand, low: Operand, high: Operand)
    case oneOf(Operand, [Operand])
    case exists(DocumentPath)
    case absent(DocumentPath)
    case type(Operand, String)
    case begins(Operand, with: Operand)
    case contains(Operand, Operand)

    enum Comparison: String, Sendable {
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="

        /// The comparison with its sides exchanged.
        var mirrored: Comparison {
            switch self {
            case .equal, .notEqual: self
            case .less: .greater
            case .lessOrEqual: .greaterOrEqual
            case .greater: .less
            case .greaterOrEqual: .lessOrEqual
            }
        }
    }

    /// What a condition looks at.
    indirect enum Operand: Sendable {
        case path(DocumentPath)
        case value(AttributeValue)
        case size(Operand)

        /// The value for an item; nil when there is none.
        func value(in item: Item) -> AttributeValue? {
            switch self {
            case .path(let path): path.value(in: item)
            case .value(let value): value
            case .size(let operand): operand.value(in: item)?.size.map { .number(String($0)) }
            }
        }
    }

    /// Whether an item (nil: there is none) meets the condition.
    func holds(for item: Item?) -> Bool { holds(item ?? [:]) }

    private func holds(_ item: Item) -> Bool {
        switch self {
        case .all(let conditions): return conditions.allSatisfy { $0.holds(item) }
        case .any(let conditions): return conditions.contains { $0.holds(item) }
        case .not(let condition): return !condition.holds(item)
        case .exists(let path): return path.value(in: item) != nil
        case .absent(let path): return path.value(in: item) == nil
        case .comparison(let left, let comparison, let right):
            return comparison.holds(left.value(in: item), right.value(in: item))
        case .between(let operand, let low, let high):
            guard let value = operand.value(in: item), let low = low.value(in: item), let high = high.value(in: item)
            else { return false }
            return ComparisonOperator.between.holds(value, [low, high])
        case .oneOf(let operand, let candidates):
            guard let value = operand.value(in: item) else { return false }
            return candidates.contains { $0.value(in: item) == value }
        case .type(let operand, let name): return operand.value(in: item)?.typeName == name
        case .begins(let operand, let prefix):
            guard let value = operand.value(in: item), let prefix = prefix.value(in: item) else { return false }
            return ComparisonOperator.beginsWith.holds(value, [prefix])
        case .contains(let operand, let part):
            guard let value = operand.value(in: item), let part = part.value(in: item) else { return false }
            return ComparisonOperator.contains.holds(value, [part])
        }
    }
}

extension Condition.Comparison {
    /// Whether two values (nil: there is none) compare so. Nothing compares to what is not there, except that it differs.
    func holds(_ left: AttributeValue?, _ right: AttributeValue?) -> Bool {
        guard let left, let right else { return self == .notEqual }
        switch self {
        case .equal: return left == right
        case .notEqual: return left != right
        case .less: return ComparisonOperator.less.holds(left, [right])
        case .lessOrEqual: return ComparisonOperator.lessOrEqual.holds(left, [right])
        case .greater: return ComparisonOperator.greater.holds(left, [right])
        case .greaterOrEqual: return ComparisonOperator.greaterOrEqual.holds(left, [right])
        }
    }
}

extension AttributeValue {
    /// What the function `size` gives: bytes of a text or blob, elements of anything that has some. Nil for other types.
    fileprivate var size: Int? {
        switch self {
        case .string(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        case .stringSet(let set): set.count
        case .numberSet(let set): set.count
        case .binarySet(let set): set.count
        case .list(let list): list.count
        case .map(let map): map.count
        case .number, .bool, .null: nil
        }
    }
}

extension Condition {
    /// The attributes that the condition looks at.
    var attributes: Set<String> {
        switch self {
        case .all(let conditions), .any(let conditions):
            conditions.reduce(into: []) { $0.formUnion($1.attributes) }
        case .not(let condition): condition.attributes
        case .comparison(let left, _, let right): left.attributes.union(right.attributes)
        case .between(let operand, let low, let high):
            operand.attributes.union(low.attributes).union(high.attributes)
        case .oneOf(let operand, let others):
            others.reduce(into: operand.attributes) { $0.formUnion($1.attributes) }
        case .exists(let path), .absent(let path): [path.attribute]
        case .type(let operand, _): operand.attributes
        case .begins(let operand, let other), .contains(let operand, let other):
            operand.attributes.union(other.attributes)
        }
    }
}

extension Condition.Operand {
    fileprivate var attributes: Set<String> {
        switch self {
        case .path(let path): [path.attribute]
        case .value: []
        case .size(let operand): operand.attributes
        }
    }
}
