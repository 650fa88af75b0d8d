import WeirModel
import WeirWire

/// Conditions that must hold together, or of which one must hold.
struct Expectations: Sendable {
    private let all: [Expectation]
    private let isAnyEnough: Bool

    /// The conditions of `Expected` or `ScanFilter`, joined as `ConditionalOperator` says. Throws `validation`.
    init(_ expected: [String: ExpectedAttribute]?, conditionalOperator: String?) throws(ServiceError) {
        var validator = Validator()
        validator.choice("conditionalOperator", conditionalOperator, of: ["OR", "AND"])
        try validator.finish()
        if conditionalOperator != nil, expected?.isEmpty ?? true {
            throw ServiceError(
                .validation,
                """
                One or more parameter values were invalid: ConditionalOperator cannot be used without Filter or \
                Expected
                """
            )
        }
        var all: [Expectation] = []
        for (attribute, condition) in (expected ?? [:]).sorted(by: { $0.key < $1.key }) {
            all.append(try Expectation(attribute, condition))
        }
        self.all = all
        isAnyEnough = conditionalOperator == "OR"
    }

    /// Whether an item (nil: there is none) meets them. No conditions are met by every item.
    func hold(for item: Item?) -> Bool {
        isAnyEnough ? all.contains { $0.holds(for: item) } : all.allSatisfy { $0.holds(for: item) }
    }

    /// The attributes that the conditions look at.
    var attributes: Set<String> { Set(all.map(\.attribute)) }
}
