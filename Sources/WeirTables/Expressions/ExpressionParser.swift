import WeirModel
import WeirWire

/// What the parsers of all kinds of expressions share: paths, values, and the mistakes found on the way.
struct ExpressionParser {
    var reader: ExpressionReader
    var placeholders: ExpressionPlaceholders
    var problems = ExpressionProblems()
    /// Operators and functions so far.
    private(set) var operatorCount = 0

    init(
        _ text: String,
        _ kind: ExpressionKind,
        _ placeholders: ExpressionPlaceholders
    ) throws(ServiceError) {
        reader = try ExpressionReader(text, kind)
        self.placeholders = placeholders
    }

    /// Counts an operator or function.
    mutating func countOperator() { operatorCount += 1 }

    /// Throws what was found to be wrong.
    mutating func finish() throws(ServiceError) {
        try reader.expectEnd()
        if operatorCount > Limits.maximumExpressionOperatorCount {
            problems.note(
                .operatorCount,
                "The expression contains too many operators; operator count: \(operatorCount)"
            )
        }
        try problems.check(reader.kind)
    }

    /// Reads `a.b[0]`, where each name may be a placeholder. Throws when no name is next.
    mutating func path() throws(ServiceError) -> DocumentPath {
        let attribute = try pathName()
        return DocumentPath(attribute, try pathRest())
    }

    /// Reads what may follow an attribute in a path.
    mutating func pathRest() throws(ServiceError) -> [DocumentPath.Element] {
        var rest: [DocumentPath.Element] = []
        while true {
            if reader.take(".") {
                rest.append(.name(try pathName()))
            } else if reader.take("[") {
                guard reader.current.kind == .number else { throw reader.syntaxError() }
                let text = reader.advance().text
                guard let index = Int(text), index <= Limits.maximumListIndex else {
                    throw reader.kind.invalid("List index is not within the allowable range; index: [\(text)]")
                }
                rest.append(.index(index))
                try reader.expect("]")
            } else {
                return rest
            }
        }
    }

    private mutating func pathName() throws(ServiceError) -> String {
        let token = reader.current
        switch token.kind {
        case .name:
            reader.advance()
            if ReservedWords.contains(token.text) {
                problems.note(
                    .reservedWord,
                    "Attribute name is a reserved keyword; reserved keyword: \(token.text)"
                )
            }
            return token.text
        case .namePlaceholder:
            reader.advance()
            guard let name = placeholders.name(token.text) else {
                problems.note(
                    .undefinedName,
                    "An expression attribute name used in the document path is not defined; attribute name: \(token.text)"
                )
                return token.text
            }
            return name
        default: throw reader.syntaxError()
        }
    }

    /// The value of the placeholder that is next; nil, and noted, when it is not defined.
    mutating func value() -> AttributeValue? {
        let placeholder = reader.advance().text
        guard let value = placeholders.value(placeholder) else {
            problems.note(
                .undefinedValue,
                "An expression attribute value used in expression is not defined; attribute value: \(placeholder)"
            )
            return nil
        }
        return value
    }
}
