import WeirModel
import WeirWire

/// A condition on one attribute of an item.
struct Expectation: Sendable {
    /// The attribute's name.
    let attribute: String
    /// How it is compared.
    let comparison: ComparisonOperator
    /// What it is compared to.
    let values: [AttributeValue]

    /// Whether an item (nil: there is none) meets the condition.
    func holds(for item: Item?) -> Bool { comparison.holds(item?[attribute], values) }

    /// A condition of `Expected`, in the short form (`Value`, `Exists`) or the long one (`ComparisonOperator`).
    ///
    /// Throws `validation` when its members do not fit together.
    init(_ attribute: String, _ expected: ExpectedAttribute) throws(ServiceError) {
        if expected.value != nil, expected.attributeValueList != nil {
            throw Self.invalid("Value and AttributeValueList cannot be used together for Attribute: \(attribute)")
        }
        self.attribute = attribute
        guard let name = expected.comparisonOperator else {
            (comparison, values) = try Self.short(attribute, expected)
            return
        }
        if expected.exists != nil {
            throw Self.invalid("Exists and ComparisonOperator cannot be used together for Attribute: \(attribute)")
        }
        comparison = try Self.comparison(name, attribute)
        let given = expected.attributeValueList ?? expected.value.map { [$0] }
        if given == nil, comparison != .exists, comparison != .absent {
            throw Self.invalid(
                """
                Value or AttributeValueList must be used with ComparisonOperator: \(name) for Attribute: \(attribute)
                """
            )
        }
        values = given ?? []
        try checkValues()
    }

    private typealias Short = (comparison: ComparisonOperator, values: [AttributeValue])

    private static func short(_ attribute: String, _ expected: ExpectedAttribute) throws(ServiceError) -> Short {
        if expected.attributeValueList != nil {
            throw invalid("AttributeValueList can only be used with a ComparisonOperator for Attribute: \(attribute)")
        }
        guard expected.exists ?? true else {
            guard expected.value == nil else {
                throw invalid("Value cannot be used when Exists is false for Attribute: \(attribute)")
            }
            return (.absent, [])
        }
        guard let value = expected.value else {
            let exists = expected.exists.map { "\($0)" } ?? "null"
            throw invalid("Value must be provided when Exists is \(exists) for Attribute: \(attribute)")
        }
        return (.equal, [value])
    }

    private static func comparison(_ name: String, _ attribute: String) throws(ServiceError) -> ComparisonOperator {
        guard let comparison = ComparisonOperator(rawValue: name) else {
            var validator = Validator()
            let names = ComparisonOperator.allCases.map(\.rawValue)
            validator.choice("expected.\(attribute).member.comparisonOperator", name, of: names)
            try validator.finish()
            throw invalid("Unknown ComparisonOperator: \(name)")
        }
        return comparison
    }

    private func checkValues() throws(ServiceError) {
        guard comparison.valueCount.contains(values.count) else {
            throw Self.invalid("Invalid number of argument(s) for the \(comparison.rawValue) ComparisonOperator")
        }
        guard let type = values.first?.typeName else { return }
        guard values.allSatisfy({ $0.typeName == type }) else {
            throw Self.invalid("AttributeValues inside AttributeValueList must be of same type")
        }
        guard comparison.valueTypes.contains(type) else {
            throw Self.invalid(
                "ComparisonOperator \(comparison.rawValue) is not valid for \(type) AttributeValue type"
            )
        }
        if comparison == .between, ComparisonOperator.order(values[0], values[1]) == .greater {
            throw ServiceError(
                .validation,
                "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
            )
        }
    }

    /// A condition whose values are as many and of such types as its operator takes.
    init(_ attribute: String, _ comparison: ComparisonOperator, _ values: [AttributeValue]) {
        self.attribute = attribute
        self.comparison = comparison
        self.values = values
    }

    private static func invalid(_ reason: String) -> ServiceError {
        ServiceError(.validation, "One or more parameter values were invalid: \(reason)")
    }
}
