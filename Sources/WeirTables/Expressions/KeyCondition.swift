import WeirModel
import WeirStore
import WeirWire

/// Which keys a query reads: one value of the hash key, and maybe a condition on the range key.
struct KeyCondition: Sendable {
    private let conditions: [Expectation]

    /// The conditions of `KeyConditions`. Throws `validation`.
    init(_ conditions: [String: ExpectedAttribute]) throws(ServiceError) {
        var expectations: [Expectation] = []
        for (attribute, condition) in conditions.sorted(by: { $0.key < $1.key }) {
            expectations.append(try Expectation(attribute, condition))
        }
        self.conditions = expectations
    }

    /// The conditions of a `KeyConditionExpression`. Throws `validation` when it says more than an index can find.
    init(_ text: String, _ placeholders: inout ExpressionPlaceholders) throws(ServiceError) {
        let condition = try ConditionParser.condition(text, .keyCondition, &placeholders)
        var conditions: [Expectation] = []
        for part in condition.joined {
            let expectation = try Self.expectation(part)
            if conditions.contains(where: { $0.attribute == expectation.attribute }) {
                throw ExpressionKind.keyCondition.invalid(
                    "KeyConditionExpressions must only contain one condition per key"
                )
            }
            conditions.append(expectation)
        }
        self.conditions = conditions
    }

    // MARK: From an expression

    private static func expectation(_ condition: Condition) throws(ServiceError) -> Expectation {
        switch condition {
        case .comparison(let left, let comparison, let right):
            guard comparison != .notEqual else { throw invalidOperator("<>") }
            if case .path = left {
                let (attribute, value) = try attribute(left, comparison.rawValue, [right])
                return Expectation(attribute, comparison.asOperator, value)
            }
            let (attribute, value) = try attribute(right, comparison.rawValue, [left])
            return Expectation(attribute, comparison.mirrored.asOperator, value)
        case .between(let operand, let low, let high):
            let (attribute, values) = try attribute(operand, "BETWEEN", [low, high])
            return Expectation(attribute, .between, values)
        case .begins(let operand, let prefix):
            let (attribute, values) = try attribute(operand, "begins_with", [prefix])
            return Expectation(attribute, .beginsWith, values)
        case .any: throw invalidOperator("OR")
        case .not: throw invalidOperator("NOT")
        case .oneOf: throw invalidOperator("IN")
        case .exists: throw invalidOperator("attribute_exists")
        case .absent: throw invalidOperator("attribute_not_exists")
        case .type: throw invalidOperator("attribute_type")
        case .contains: throw invalidOperator("contains")
        case .all: throw invalidOperator("AND")
        }
    }

    private static func attribute(
        _ operand: Condition.Operand,
        _ name: String,
        _ others: [Condition.Operand]
    ) throws(ServiceError) -> (String, [AttributeValue]) {
        var values: [AttributeValue] = []
        for other in others {
            switch other {
            case .value(let value): values.append(value)
            case .path:
                throw ServiceError(
                    .validation,
                    "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
                )
            case .size: throw nestedOperation
            }
        }
        switch operand {
        case .path(let path):
            guard path.rest.isEmpty else {
                throw ServiceError(
                    .validation,
                    "KeyConditionExpressions cannot have conditions on nested attributes"
                )
            }
            return (path.attribute, values)
        case .size: throw nestedOperation
        case .value where name == "BETWEEN" || name == "begins_with":
            throw ServiceError(
                .validation,
                """
                Invalid condition in KeyConditionExpression: \
                \(name) operator must have the key attribute as its first operand
                """
            )
        case .value:
            throw ServiceError(
                .validation,
                "Invalid condition in KeyConditionExpression: No key attribute specified"
            )
        }
    }

    private static var nestedOperation: ServiceError {
        ServiceError(.validation, "KeyConditionExpressions cannot contain nested operations")
    }

    private static func invalidOperator(_ name: String) -> ServiceError {
        ServiceError(.validation, "Invalid operator used in KeyConditionExpression: \(name)")
    }

    // MARK: For a key

    /// What the conditions say of a key. Throws `validation` when they do not name one value of the hash key, or ask of the
    /// range key what its order does not give.
    func resolved(for schema: KeySchema) throws(ServiceError) -> (hash: AttributeValue, range: RangeCondition?) {
        guard conditions.count <= schema.attributes.count else {
            throw ServiceError(
                .validation,
                schema.range == nil
                    ? "Query key condition not supported"
                    : """
                    The number of query conditions (\(conditions.count)) exceeds the number of key attributes \
                    defined in the schema (\(schema.attributes.count))
                    """
            )
        }
        guard let hash = conditions.first(where: { $0.attribute == schema.hash.name }) else {
            throw missing(schema.hash)
        }
        try check(hash, schema.hash)
        guard hash.comparison == .equal else { throw ServiceError(.validation, "Query key condition not supported") }
        guard conditions.count > 1 else { return (hash.values[0], nil) }
        guard let rangeKey = schema.range, let range = conditions.first(where: { $0.attribute == rangeKey.name })
        else { throw missing(schema.range ?? schema.hash) }
        try check(range, rangeKey)
        return (hash.values[0], range.rangeCondition)
    }

    private func missing(_ key: KeyAttribute) -> ServiceError {
        ServiceError(.validation, "Query condition missed key schema element: \(key.name)")
    }

    private func check(_ condition: Expectation, _ key: KeyAttribute) throws(ServiceError) {
        switch condition.comparison {
        case .equal, .less, .lessOrEqual, .greater, .greaterOrEqual, .between, .beginsWith: break
        default:
            throw ServiceError(
                .validation,
                "Attempted conditional constraint is not an indexable operation"
            )
        }
        for value in condition.values {
            guard value.typeName == key.type else {
                throw ServiceError(
                    .validation,
                    """
                    One or more parameter values were invalid: Condition parameter type does not match schema type
                    """
                )
            }
            try key.checkNotEmpty(value)
        }
    }
}

extension Condition {
    /// The conditions that must all hold for this one to hold.
    fileprivate var joined: [Condition] {
        guard case .all(let conditions) = self else { return [self] }
        return conditions.flatMap(\.joined)
    }
}

extension Condition.Comparison {
    fileprivate var asOperator: ComparisonOperator {
        switch self {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        }
    }
}

extension Expectation {
    /// The condition on a range key, whose operator was checked.
    fileprivate var rangeCondition: RangeCondition? {
        switch comparison {
        case .equal: .equal(values[0])
        case .less: .below(values[0], inclusive: false)
        case .lessOrEqual: .below(values[0], inclusive: true)
        case .greater: .above(values[0], inclusive: false)
        case .greaterOrEqual: .above(values[0], inclusive: true)
        case .between: .between(values[0], values[1])
        case .beginsWith: .begins(values[0])
        default: nil
        }
    }
}
