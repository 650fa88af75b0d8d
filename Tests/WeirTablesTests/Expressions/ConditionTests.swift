import Testing
import WeirModel
import WeirWire

@testable import WeirTables

/// The condition of an expression, whose placeholders `#x` stand for `x`, and `:…` for the given values.
func condition(
    _ text: String,
    kind: ExpressionKind = .condition,
    names: [String: String]? = nil,
    values: [String: AttributeValue]? = nil
) throws(ServiceError) -> Condition {
    var placeholders = try ExpressionPlaceholders(names: names, values: values)
    let condition = try ConditionParser.condition(text, kind, &placeholders)
    try placeholders.checkAllUsed()
    return condition
}

@Suite struct ConditionTests {
    private static let item: Item = [
        "s": .string("hello"), "n": .number("5"), "b": .binary([1, 2, 3]), "yes": .bool(true), "nothing": .null,
        "ss": .stringSet(["a", "b"]), "ns": .numberSet(["1", "2"]), "bs": .binarySet([[1], [2]]),
        "l": .list([.number("1"), .map(["x": .string("deep")])]), "m": .map(["a": .map(["b": .number("7")])]),
        "same": .number("5"), "size_": .number("3"),
    ]

    private static let values: [String: AttributeValue] = [
        ":5": .number("5"), ":50": .number("5.0e1"), ":4": .number("4"), ":9": .number("9"), ":he": .string("he"),
        ":hello": .string("hello"), ":z": .string("z"), ":a": .string("a"), ":one": .number("1"),
        ":b12": .binary([1, 2]), ":b1": .binary([1]), ":true": .bool(true), ":null": .null, ":S": .string("S"),
        ":M": .string("M"), ":ss": .stringSet(["b", "a"]), ":deep": .map(["x": .string("deep")]), ":3": .number("3"),
    ]

    private static let holding = [
        "n = :5", "n = same", "n <> :4", "absent <> :5", "n < :9", "n <= :5", "n > :4", "n >= :5", "s > :he",
        "b > :b12", "n BETWEEN :4 AND :9", "n between :5 and :5", "n IN (:4, :5)", "n IN (same)", "s IN (:hello)",
        "n = :5 AND s = :hello", "n = :4 OR s = :hello", "NOT n = :4", "not (n = :4 or s = :z)",
        "n = :4 AND s = :z OR yes = :true", "yes = :true OR n = :4 AND s = :z",
        "(n = :4 OR yes = :true) AND s = :hello",
        "attribute_exists(n)", "attribute_not_exists(absent)", "attribute_not_exists(m.a.c)", "attribute_exists(m.a.b)",
        "attribute_exists(l[1].x)", "attribute_not_exists(l[2])", "attribute_type(s, :S)", "attribute_type(m, :M)",
        "begins_with(s, :he)", "begins_with(b, :b1)", "contains(s, :he)", "contains(ss, :a)", "contains(ns, :one)",
        "contains(bs, :b1)", "contains(l, :one)", "contains(l, :deep)", "size(s) = :5", "size(b) = :3",
        "size(l) < size(s)", "size(ss) > :one", "size(m) = :one", "size_ = :3", "ss = :ss", "nothing = :null",
        "m.a.b > :5", "#m.#a.#b > :5", "l[1].x > :a", "(n) = (:5)", "(m.a).b > :5", "  n\t=\n:5  ", "n=:5", "n<>:4",
        "NOT NOT n = :5", "(NOT n = :4) AND (NOT n = :9)",
    ]

    private static let failing = [
        "n = :4", "absent = :5", "absent = gone", "n <> :5", "n < :5", "absent < :5", "n > s", "s < :5", "yes > :5",
        "n BETWEEN :9 AND same", "s BETWEEN :a AND :he", "absent BETWEEN :4 AND :9", "n IN (:4)", "absent IN (:4)",
        "n = :4 AND yes = :true", "NOT n = :5", "attribute_exists(absent)", "attribute_exists(n.x)",
        "attribute_exists(s[0])", "attribute_not_exists(n)", "attribute_type(absent, :S)", "attribute_type(n, :S)",
        "begins_with(absent, :he)", "begins_with(s, :b1)", "begins_with(n, :he)", "contains(n, :5)",
        "contains(absent, :5)", "size(n) = :5", "size(absent) = :5", "size(nothing) >= :one", "nothing = :true",
        "m = :deep", "s = n",
    ]

    private func isMet(_ text: String) throws -> Bool {
        let tokens = ExpressionToken.tokens(of: Array(text.utf8))
        let used = Set(tokens.filter { $0.kind == .valuePlaceholder }.map(\.text))
        let names = Set(tokens.filter { $0.kind == .namePlaceholder }.map(\.text))
        return try condition(
            text,
            names: names.isEmpty ? nil : Dictionary(uniqueKeysWithValues: names.map { ($0, String($0.dropFirst())) }),
            values: used.isEmpty ? nil : Self.values.filter { used.contains($0.key) }
        ).holds(for: Self.item)
    }

    @Test(arguments: holding) func holds(text: String) throws { #expect(try isMet(text)) }

    @Test(arguments: failing) func fails(text: String) throws { #expect(try !isMet(text)) }

    @Test func nothingIsInAnItemThatIsNotThere() throws {
        #expect(try condition("attribute_not_exists(a)").holds(for: nil))
        #expect(try !condition("attribute_exists(a)").holds(for: nil))
    }

    private static let syntax: [(text: String, token: String, near: String)] = [
        ("a", "<EOF>", "a"), ("a =", "<EOF>", "="), ("= :v", "=", "= :v"), ("a = :v b", "b", ":v b"),
        ("attribute_exists(", "<EOF>", "("), ("attribute_exists()", ")", "()"), ("a ! :v", "!", "a ! :v"),
        ("!!", "!", "!!"), ("a == :v", "=", "== :v"), ("a = :v = :w", "=", ":v = :w"), ("a AND b", "AND", "a AND b"),
        ("a = :v AND", "<EOF>", "AND"), ("(a = :v", "<EOF>", ":v"), ("a = :v)", ")", ":v)"), ("a..b = :v", ".", "..b"),
        ("a[x] = :v", "x", "[x]"), ("a[1 = :v", "=", "1 = :v"), ("a BETWEEN :v", "<EOF>", ":v"),
        ("a IN :v", ":v", "IN :v"), ("a IN ()", ")", "()"), ("_a = :v", "_", "_a"), ("1a = :v", "1", "1a"),
        ("# = :v", "#", "# ="), ("a = :", ":", "= :"), ("a = 5", "5", "= 5"), ("a = \"x\"", "\"", "= \"x"),
        ("a = é", "é", "= é"), ("(a = :v) = :w", "=", ") = :w"), ("and = :v", "and", "and ="), ("NOT", "<EOF>", "NOT"),
    ]

    @Test(arguments: syntax) func syntaxErrorsShowWhere(text: String, token: String, near: String) {
        let error = #expect(throws: ServiceError.self) {
            try condition(text, values: [":v": .null, ":w": .null])
        }
        #expect(error?.code == .validation)
        #expect(
            error?.message == "Invalid ConditionExpression: Syntax error; token: \"\(token)\", near: \"\(near)\""
        )
    }

    private static let notDefined = "An expression attribute value used in expression is not defined; attribute value: "
    private static let operandType =
        "Incorrect operand type for operator or function; operator or function: "

    private static let mistakes: [(text: String, reason: String)] = [
        ("", "The expression can not be empty;"), ("  ", "The expression can not be empty;"),
        ("((n = :n))", "The expression has redundant parentheses;"),
        ("((n)) = :n", "The expression has redundant parentheses;"),
        ("exists(a)", "Invalid function name; function: exists"),
        ("size(a)", "The function is not allowed to be used this way in an expression; function: size"),
        (
            "begins_with(a, :s) = :n",
            "The function is not allowed to be used this way in an expression; function: begins_with"
        ),
        (
            "size(contains(a, :s)) = :n",
            "The function is not allowed to be used this way in an expression; function: contains"
        ),
        ("abOrt = :n", "Attribute name is a reserved keyword; reserved keyword: abOrt"),
        ("a.data = :n", "Attribute name is a reserved keyword; reserved keyword: data"),
        (
            "#x = :n",
            "An expression attribute name used in the document path is not defined; attribute name: #x"
        ),
        ("a = :x", notDefined + ":x"), ("a = :x AND b = :y", notDefined + ":x"),
        (
            "attribute_exists(a, b)",
            """
            Incorrect number of operands for operator or function; operator or function: attribute_exists, \
            number of operands: 2
            """
        ),
        (
            "attribute_exists(:s)",
            "Operator or function requires a document path; operator or function: attribute_exists"
        ),
        ("begins_with(a, :n)", operandType + "begins_with, operand type: N"),
        ("size(:n) = :n", operandType + "size, operand type: N"), ("a < :bool", operandType + "<, operand type: BOOL"),
        ("attribute_type(a, :n)", operandType + "attribute_type, operand type: N"),
        ("attribute_type(a, b)", operandType + "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"),
        (
            "attribute_type(a, :s)",
            "Invalid attribute type name found; type: s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
        ),
        (
            "a.b = a.b",
            """
            The first operand must be distinct from the remaining operands for this operator or function; \
            operator: =, first operand: [a, b]
            """
        ),
        (
            "contains(l[1], l[1])",
            """
            The first operand must be distinct from the remaining operands for this operator or function; \
            operator: contains, first operand: [l, [1]]
            """
        ),
        (
            "a BETWEEN :n AND :s",
            """
            The BETWEEN operator requires same data type for lower and upper bounds; \
            lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:s}
            """
        ),
        (
            "a BETWEEN :n2 AND :n",
            """
            The BETWEEN operator requires upper bound to be greater than or equal to lower bound; \
            lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}
            """
        ),
        ("begins_with(a, :n) AND b = :x", operandType + "begins_with, operand type: N"),
        ("b = :x AND begins_with(a, :n)", notDefined + ":x"),
        ("a[99999999999999999999] = :n", "List index is not within the allowable range; index: [99999999999999999999]"),
    ]

    @Test(arguments: mistakes) func mistakesAreTold(text: String, reason: String) {
        let error = #expect(throws: ServiceError.self) {
            var placeholders = try ExpressionPlaceholders(
                names: nil,
                values: [":n": .number("1"), ":n2": .number("2"), ":s": .string("s"), ":bool": .bool(true)]
            )
            _ = try ConditionParser.condition(text, .filter, &placeholders)
        }
        #expect(error?.code == .validation)
        #expect(error?.message == "Invalid FilterExpression: \(reason)")
    }

    @Test func anExpressionMayBeSoLongAndNoLonger() throws {
        func text(_ length: Int) -> String {
            let name = String(repeating: "a", count: length - "attribute_exists()".utf8.count)
            return "attribute_exists(\(name))"
        }
        #expect(try !condition(text(Limits.maximumExpressionSizeInBytes)).holds(for: [:]))
        let error = #expect(throws: ServiceError.self) {
            try condition(text(Limits.maximumExpressionSizeInBytes + 1))
        }
        #expect(
            error?.message
                == """
                Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; \
                expression size: 4097
                """
        )
    }

    @Test func operatorsAreCounted() throws {
        // Each comparison is one, and each AND between two of them: 150 comparisons make 299.
        func text(_ count: Int) -> String { Array(repeating: "a<b", count: count).joined(separator: " AND ") }
        _ = try condition("NOT " + text(150))
        let error = #expect(throws: ServiceError.self) { try condition(text(151)) }
        #expect(
            error?.message
                == "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
        )
    }

    @Test func anInListMayBeSoLongAndNoLonger() throws {
        func text(_ count: Int) -> String { "a IN (\(Array(repeating: "b", count: count).joined(separator: ",")))" }
        _ = try condition(text(Limits.maximumInOperandCount))
        let error = #expect(throws: ServiceError.self) { try condition(text(Limits.maximumInOperandCount + 1)) }
        #expect(
            error?.message
                == """
                Invalid ConditionExpression: The IN operator is provided with too many operands; \
                number of operands: 101
                """
        )
    }

    @Test(arguments: [
        String(repeating: "(", count: 4096), String(repeating: "NOT ", count: 1024),
        String(repeating: "size(", count: 819),
        String(repeating: "(", count: 1300) + "a=b" + String(repeating: ")", count: 1300),
        String(repeating: "(a<b AND ", count: 400),
    ])
    func deepNestingEndsInAnError(text: String) {
        #expect(throws: ServiceError.self) { try condition(text) }
    }
}
