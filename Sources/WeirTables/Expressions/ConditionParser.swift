import WeirBytes
import WeirModel
import WeirWire

/// Reads the grammar of conditions: comparisons, BETWEEN, IN and functions, joined by NOT, AND, OR and parentheses.
struct ConditionParser {
    /// What an expression or a part of it in parentheses turned out to be.
    private indirect enum Node {
        case operand(Condition.Operand)
        /// A condition; with its name when it is one by a function, which may be told to stand in the wrong place.
        case condition(Condition, function: String?)
        /// Has a problem that was noted.
        case unknown
    }

    /// A node, and whether parentheses stand around all of it.
    private typealias Part = (node: Node, isInParentheses: Bool)

    private var parser: ExpressionParser
    private var depth = 0

    /// The condition of an expression. Throws `validation`. `placeholders` learns which it uses.
    static func condition(
        _ text: String,
        _ kind: ExpressionKind,
        _ placeholders: inout ExpressionPlaceholders
    ) throws(ServiceError) -> Condition {
        var parser = ConditionParser(parser: try ExpressionParser(text, kind, placeholders))
        let condition = try parser.condition(of: try parser.anyOf())
        try parser.parser.finish()
        placeholders = parser.parser.placeholders
        return condition
    }

    // MARK: Joints

    private mutating func anyOf() throws(ServiceError) -> Part {
        let first = try allOf()
        guard parser.reader.current.isKeyword("OR") else { return first }
        var conditions = [try condition(of: first)]
        while parser.reader.takeKeyword("OR") {
            parser.countOperator()
            conditions.append(try condition(of: try allOf()))
        }
        return (.condition(.any(conditions), function: nil), false)
    }

    private mutating func allOf() throws(ServiceError) -> Part {
        let first = try negation()
        guard parser.reader.current.isKeyword("AND") else { return first }
        var conditions = [try condition(of: first)]
        while parser.reader.takeKeyword("AND") {
            parser.countOperator()
            conditions.append(try condition(of: try negation()))
        }
        return (.condition(.all(conditions), function: nil), false)
    }

    private mutating func negation() throws(ServiceError) -> Part {
        guard parser.reader.takeKeyword("NOT") else { return try predicate() }
        parser.countOperator()
        let inner = try nested { parser throws(ServiceError) in try parser.negation() }
        return (.condition(.not(try condition(of: inner)), function: nil), false)
    }

    /// Reads a part that may hold others like it. Nobody nests so deep with a cause: operators and functions are counted,
    /// and parentheses must not be superfluous.
    private mutating func nested(
        _ read: (inout ConditionParser) throws(ServiceError) -> Part
    ) throws(ServiceError) -> Part {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Limits.maximumExpressionOperatorCount else {
            throw parser.reader.kind.invalid("The expression has redundant parentheses;")
        }
        return try read(&self)
    }

    // MARK: Conditions

    private mutating func predicate() throws(ServiceError) -> Part {
        let first = try primary()
        let token = parser.reader.current
        if token.kind == .sign, let comparison = Condition.Comparison(rawValue: token.text) {
            return try self.comparison(first, comparison)
        }
        if token.isKeyword("BETWEEN") { return try between(first) }
        if token.isKeyword("IN") { return try oneOf(first) }
        if case .condition = first.node { parser.problems.endCondition() }
        return first
    }

    private mutating func comparison(
        _ first: Part,
        _ comparison: Condition.Comparison
    ) throws(ServiceError) -> Part {
        let left = try operand(of: first)
        parser.reader.advance()
        parser.countOperator()
        let right = try operand(of: try primary())
        defer { parser.problems.endCondition() }
        guard let left, let right else { return (.unknown, false) }
        checkDistinct(comparison.rawValue, left, right)
        if comparison != .equal, comparison != .notEqual { checkOrder(comparison.rawValue, [left, right]) }
        return (.condition(.comparison(left, comparison, right), function: nil), false)
    }

    private mutating func between(_ first: Part) throws(ServiceError) -> Part {
        let operand = try operand(of: first)
        parser.reader.advance()
        parser.countOperator()
        let low = try self.operand(of: try primary())
        guard parser.reader.takeKeyword("AND") else { throw parser.reader.syntaxError() }
        let high = try self.operand(of: try primary())
        defer { parser.problems.endCondition() }
        guard let operand, let low, let high else { return (.unknown, false) }
        checkOrder("BETWEEN", [operand, low, high])
        checkBounds(low, high)
        return (.condition(.between(operand, low: low, high: high), function: nil), false)
    }

    private mutating func oneOf(_ first: Part) throws(ServiceError) -> Part {
        let operand = try operand(of: first)
        parser.reader.advance()
        parser.countOperator()
        try parser.reader.expect("(")
        let (candidates, count) = try operands()
        defer { parser.problems.endCondition() }
        if count > Limits.maximumInOperandCount {
            parser.problems.note(
                .operandCount,
                "The IN operator is provided with too many operands; number of operands: \(count)"
            )
        }
        guard let operand, candidates.count == count else { return (.unknown, false) }
        return (.condition(.oneOf(operand, candidates), function: nil), false)
    }

    /// The condition that a part is. Throws when it is a mere operand.
    private mutating func condition(of part: Part) throws(ServiceError) -> Condition {
        switch part.node {
        case .condition(let condition, _): return condition
        // The parser has found a problem, and throws it at the end.
        case .unknown: return .all([])
        case .operand(.size):
            misplaced("size")
            return .all([])
        case .operand: throw parser.reader.syntaxError()
        }
    }

    // MARK: Operands

    /// The operand that a part is; nil when a problem was noted. Throws when it is a condition.
    private mutating func operand(of part: Part) throws(ServiceError) -> Condition.Operand? {
        switch part.node {
        case .operand(let operand): return operand
        case .unknown: return nil
        case .condition(_, let function?):
            misplaced(function)
            return nil
        case .condition(_, nil): throw parser.reader.syntaxError()
        }
    }

    private mutating func misplaced(_ function: String) {
        parser.problems.note(
            .misplacedFunction,
            "The function is not allowed to be used this way in an expression; function: \(function)"
        )
    }

    private mutating func primary() throws(ServiceError) -> Part {
        let token = parser.reader.current
        switch token.kind {
        case .valuePlaceholder: return (parser.value().map { .operand(.value($0)) } ?? .unknown, false)
        case .name where parser.reader.following.kind == .sign && parser.reader.following.text == "(":
            guard !Self.isKeyword(token) else { throw parser.reader.syntaxError() }
            return (try function(), false)
        case .name, .namePlaceholder:
            guard !Self.isKeyword(token) else { throw parser.reader.syntaxError() }
            return (.operand(.path(try parser.path())), false)
        case .sign where token.text == "(": return try nested { parser throws(ServiceError) in try parser.group() }
        default: throw parser.reader.syntaxError()
        }
    }

    private static func isKeyword(_ token: ExpressionToken) -> Bool {
        ["AND", "OR", "NOT", "BETWEEN", "IN"].contains { token.isKeyword($0) }
    }

    private mutating func group() throws(ServiceError) -> Part {
        try parser.reader.expect("(")
        let inner = try anyOf()
        try parser.reader.expect(")")
        if inner.isInParentheses {
            parser.problems.note(.parentheses, "The expression has redundant parentheses;")
        }
        // `(a.b).c` is a path too.
        if case .operand(.path(let path)) = inner.node {
            let rest = try parser.pathRest()
            if !rest.isEmpty { return (.operand(.path(DocumentPath(path.attribute, path.rest + rest))), false) }
        }
        return (inner.node, true)
    }

    /// Reads operands up to the parenthesis that closes: those without a problem, and how many there are in all.
    private mutating func operands() throws(ServiceError) -> ([Condition.Operand], count: Int) {
        var operands: [Condition.Operand] = []
        var count = 0
        repeat {
            count += 1
            if let operand = try operand(of: try primary()) { operands.append(operand) }
        } while parser.reader.take(",")
        try parser.reader.expect(")")
        return (operands, count)
    }
}

// MARK: Functions

extension ConditionParser {
    private mutating func function() throws(ServiceError) -> Node {
        let name = parser.reader.advance().text
        parser.countOperator()
        try parser.reader.expect("(")
        let before = depth
        depth += 1
        guard depth <= Limits.maximumExpressionOperatorCount else { throw parser.reader.syntaxError() }
        let (arguments, count) = try operands()
        depth = before
        guard let function = ConditionFunction(rawValue: name) else {
            parser.problems.note(.unknownFunction, "Invalid function name; function: \(name)")
            return .unknown
        }
        guard count == function.operandCount else {
            parser.problems.note(
                .operandCount,
                """
                Incorrect number of operands for operator or function; \
                operator or function: \(name), number of operands: \(count)
                """
            )
            return .unknown
        }
        guard arguments.count == count else { return .unknown }
        if count == 2 { checkDistinct(name, arguments[0], arguments[1]) }
        return node(function, arguments)
    }

    private mutating func node(_ function: ConditionFunction, _ arguments: [Condition.Operand]) -> Node {
        let first = arguments[0]
        func condition(_ condition: Condition) -> Node { .condition(condition, function: function.rawValue) }
        switch function {
        case .exists, .absent:
            guard case .path(let path) = first else {
                parser.problems.note(
                    .operandType,
                    "Operator or function requires a document path; operator or function: \(function.rawValue)"
                )
                return .unknown
            }
            return condition(function == .exists ? .exists(path) : .absent(path))
        case .type:
            guard let name = typeName(arguments[1]) else { return .unknown }
            return condition(.type(first, name))
        case .beginsWith:
            for argument in arguments { check(argument, isOneOf: ["S", "B"], function.rawValue) }
            return condition(.begins(first, with: arguments[1]))
        case .contains: return condition(.contains(first, arguments[1]))
        case .size:
            check(first, isOneOf: ["S", "B", "SS", "NS", "BS", "L", "M"], function.rawValue)
            return .operand(.size(first))
        }
    }

    private mutating func typeName(_ argument: Condition.Operand) -> String? {
        guard case .value(.string(let name)) = argument else {
            let type = argument.typeName ?? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
            noteType(ConditionFunction.type.rawValue, type)
            return nil
        }
        guard ["B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"].contains(name) else {
            parser.problems.note(
                .operandType,
                "Invalid attribute type name found; type: \(name), valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
            )
            return nil
        }
        return name
    }
}

private enum ConditionFunction: String {
    case exists = "attribute_exists"
    case absent = "attribute_not_exists"
    case type = "attribute_type"
    case beginsWith = "begins_with"
    case contains
    case size

    var operandCount: Int {
        switch self {
        case .exists, .absent, .size: 1
        case .type, .beginsWith, .contains: 2
        }
    }
}

// MARK: Checks

extension ConditionParser {
    private mutating func noteType(_ function: String, _ type: String) {
        parser.problems.note(
            .operandType,
            """
            Incorrect operand type for operator or function; operator or function: \(function), operand type: \(type)
            """
        )
    }

    private mutating func check(_ operand: Condition.Operand, isOneOf types: Set<String>, _ function: String) {
        guard let type = operand.typeName, !types.contains(type) else { return }
        noteType(function, type)
    }

    private mutating func checkOrder(_ name: String, _ operands: [Condition.Operand]) {
        for operand in operands { check(operand, isOneOf: ["S", "N", "B"], name) }
    }

    private mutating func checkDistinct(_ name: String, _ left: Condition.Operand, _ right: Condition.Operand) {
        guard case .path(let path) = left, case .path(path) = right else { return }
        parser.problems.note(
            .sameOperands,
            """
            The first operand must be distinct from the remaining operands for this operator or function; \
            operator: \(name), first operand: \(path)
            """
        )
    }

    private mutating func checkBounds(_ low: Condition.Operand, _ high: Condition.Operand) {
        guard case .value(let low) = low, case .value(let high) = high else { return }
        let bounds =
            "lower bound operand: AttributeValue: \(low.shown), upper bound operand: AttributeValue: \(high.shown)"
        if low.typeName != high.typeName {
            parser.problems.note(
                .operandType,
                "The BETWEEN operator requires same data type for lower and upper bounds; \(bounds)"
            )
        } else if ComparisonOperator.order(low, high) == .greater {
            parser.problems.note(
                .operandType,
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; \(bounds)"
            )
        }
    }
}

extension Condition.Operand {
    /// The type, where it does not depend on the item.
    fileprivate var typeName: String? {
        switch self {
        case .path: nil
        case .value(let value): value.typeName
        case .size: "N"
        }
    }
}

extension AttributeValue {
    /// As DynamoDB shows a bound of BETWEEN.
    fileprivate var shown: String {
        switch self {
        case .string(let text), .number(let text): "{\(typeName):\(text)}"
        case .binary(let bytes): "{B:\(Base64.encode(bytes))}"
        default: "{\(typeName)}"
        }
    }
}
