import WeirModel

/// What is wrong with an expression whose syntax is right. DynamoDB looks for one kind of mistake after the other, and
/// tells the first that it finds.
struct ExpressionProblems {
    /// The kinds, in the order in which they are told.
    enum Kind: Int, CaseIterable {
        case parentheses
        case operatorCount
        case unknownFunction
        case misplacedFunction
        case reservedWord
        case section
        // From here on the kinds of a single condition.
        case undefinedName
        case undefinedValue
        case operandCount
        case sameOperands
        case overlap
        case conflict
        case operandType

        var isOfCondition: Bool { rawValue >= Kind.undefinedName.rawValue }
    }

    private var problems: [Kind: String] = [:]
    private var ofFirstCondition: String?

    /// Keeps the first problem of each kind.
    mutating func note(_ kind: Kind, _ reason: @autoclosure () -> String) {
        if problems[kind] == nil { problems[kind] = reason() }
    }

    /// Ends a condition of an expression that has several: the first that has a problem is the one that is told of.
    mutating func endCondition() {
        if ofFirstCondition == nil { ofFirstCondition = first { $0.isOfCondition } }
    }

    /// The problem to tell, if there is one.
    var first: String? { first { !$0.isOfCondition } ?? ofFirstCondition ?? first { $0.isOfCondition } }

    private func first(where isMeant: (Kind) -> Bool) -> String? {
        Kind.allCases.lazy.filter(isMeant).compactMap { problems[$0] }.first
    }

    /// Throws the problem to tell, if there is one.
    func check(_ kind: ExpressionKind) throws(ServiceError) {
        if let first { throw kind.invalid(first) }
    }
}
