import Testing
import WeirModel
import WeirWire

@testable import WeirTables

private let values: [String: AttributeValue] = [
    ":one": .number("1"), ":half": .number("0.5"), ":s": .string("text"), ":l": .list([.string("x")]),
    ":ss": .stringSet(["a", "z"]), ":ns": .numberSet(["1"]), ":bs": .binarySet([[1]]), ":m": .map(["k": .null]),
    ":b": .binary([1]), ":t": .bool(true), ":null": .null, ":a": .stringSet(["a"]),
]

/// What an update expression makes of an item.
private func updated(_ item: Item, _ text: String, names: [String: String]? = nil) throws(ServiceError) -> Item {
    var placeholders = try ExpressionPlaceholders(names: names, values: values)
    return try UpdateParser.update(text, &placeholders).applied(to: item)
}

@Suite struct UpdateExpressionTests {
    private static let item: Item = [
        "n": .number("5"), "s": .string("old"), "ss": .stringSet(["a", "b"]),
        "l": .list([.number("0"), .number("10"), .number("20"), .map(["x": .number("1")])]),
        "m": .map(["a": .map(["b": .number("7")]), "c": .string("kept")]),
    ]

    private static let fitting: [(text: String, change: [String: AttributeValue?])] = [
        ("SET a = :s", ["a": .string("text")]), ("set a=:s,b=:one", ["a": .string("text"), "b": .number("1")]),
        ("SET s = n, n = s", ["s": .number("5"), "n": .string("old")]), ("SET a = s", ["a": .string("old")]),
        ("SET n = n + :one", ["n": .number("6")]), ("SET n = :half - n", ["n": .number("-4.5")]),
        ("SET n = (n) + (:one)", ["n": .number("6")]), ("SET n = (n + :one)", ["n": .number("6")]),
        ("SET a = if_not_exists(a, :one) + :one", ["a": .number("2")]),
        ("SET n = if_not_exists(n, :one) + :one", ["n": .number("6")]),
        ("SET a = if_not_exists(a, if_not_exists(b, :s))", ["a": .string("text")]),
        ("SET a = list_append(:l, :l)", ["a": .list([.string("x"), .string("x")])]),
        ("SET a = list_append(if_not_exists(a, :l), :l)", ["a": .list([.string("x"), .string("x")])]),
        ("SET m.a.b = :s", ["m": .map(["a": .map(["b": .string("text")]), "c": .string("kept")])]),
        (
            "SET m.a.n = m.a.b + :one",
            ["m": .map(["a": .map(["b": .number("7"), "n": .number("8")]), "c": .string("kept")])]
        ),
        (
            "SET l[0] = :s, l[3].x = :one",
            ["l": .list([.string("text"), .number("10"), .number("20"), .map(["x": .number("1")])])]
        ),
        (
            // Beyond the end the order of the indexes counts.
            "SET l[9] = :s, l[7] = :one",
            [
                "l": .list([
                    .number("0"), .number("10"), .number("20"), .map(["x": .number("1")]), .number("1"),
                    .string("text"),
                ])
            ]
        ),
        ("REMOVE n, s", ["n": nil, "s": nil]), ("REMOVE absent, l[77]", [:]),
        // The indexes are those of the item as it was.
        ("REMOVE l[0], l[1], l[3]", ["l": .list([.number("20")])]),
        ("REMOVE l[0], l[3].x", ["l": .list([.number("10"), .number("20"), .map([:])])]),
        (
            "REMOVE l[1] SET l[2] = :s",
            ["l": .list([.number("0"), .string("text"), .map(["x": .number("1")])])]
        ),
        ("REMOVE m.a.b", ["m": .map(["a": .map([:]), "c": .string("kept")])]),
        ("ADD n :one", ["n": .number("6")]), ("ADD a :half", ["a": .number("0.5")]),
        ("ADD ss :ss", ["ss": .stringSet(["a", "b", "z"])]),
        ("ADD a :ns, b :bs", ["a": .numberSet(["1"]), "b": .binarySet([[1]])]),
        ("ADD m.a.b :one", ["m": .map(["a": .map(["b": .number("8")]), "c": .string("kept")])]),
        ("DELETE ss :a", ["ss": .stringSet(["b"])]), ("DELETE a :ss", [:]),
        (
            "SET a = :one ADD n :one REMOVE s DELETE ss :a",
            [
                "a": .number("1"), "n": .number("6"), "s": nil, "ss": .stringSet(["b"]),
            ]
        ),
    ]

    @Test(arguments: fitting)
    func changesAreMade(text: String, change: [String: AttributeValue?]) throws {
        var expected = Self.item
        for (name, value) in change { expected[name] = value }
        #expect(try updated(Self.item, text) == expected)
    }

    @Test func aSetThatLosesAllElementsGoes() throws {
        #expect(try updated(["a": .stringSet(["a"])], "DELETE a :a") == [:])
        #expect(try updated(["m": .map(["a": .stringSet(["a"])])], "DELETE m.a :a") == ["m": .map([:])])
    }

    @Test func namesMayStandForAnything() throws {
        let item = try updated(["a.b": .map([:])], "SET #p.#q = :s", names: ["#p": "a.b", "#q": "name"])
        #expect(item == ["a.b": .map(["name": .string("text")])])
    }

    private static let incorrectType = "An operand in the update expression has an incorrect data type"
    private static let invalidPath = "The document path provided in the update expression is invalid for update"
    private static let absent = "The provided expression refers to an attribute that does not exist in the item"

    @Test(arguments: [
        ("SET a = gone", absent), ("SET n = gone + :one", absent), ("SET a = list_append(gone, :l)", absent),
        ("SET n = s + :one", incorrectType), ("SET n = n + s", incorrectType),
        ("SET a = list_append(n, :l)", incorrectType),
        ("ADD s :one", incorrectType), ("ADD ss :ns", incorrectType), ("DELETE n :ss", incorrectType),
        ("SET gone.a = :s", invalidPath), ("SET n.a = :s", invalidPath), ("SET m[0] = :s", invalidPath),
        ("SET l.a = :s", invalidPath), ("SET m.gone.a = :s", invalidPath), ("REMOVE gone.a", invalidPath),
        ("SET l[9].x = :s", invalidPath), ("ADD n.x :one", invalidPath),
    ])
    func changesThatDoNotFitAreRefused(text: String, message: String) {
        let error = #expect(throws: ServiceError.self) { try updated(Self.item, text) }
        #expect(error?.code == .validation)
        #expect(error?.message == message)
    }

    @Test(arguments: [
        ("INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"), ("SET", "<EOF>", "SET"), ("SET a", "<EOF>", "a"),
        ("SET a =", "<EOF>", "="), ("ADD hits : incr", ":", "hits : incr"), ("ADD a b", "b", "a b"),
        ("REMOVE a b", "b", "a b"), ("SET :a = b", ":a", "SET :a ="), ("SET a = b / c", "/", "b / c"),
        ("SET a = b + c + d", "+", "c + d"), ("SET a[1] = 1", "1", "= 1"), ("SET a = :one,", "<EOF>", ","),
        ("SET (a) = b", "(", "SET (a"), ("SET if_not_exists(a, b) = a", "(", "if_not_exists(a"),
        ("SET a = if_not_exists(a, 100)", "100", ", 100)"), ("REMOVE a = b", "=", "a = b"),
    ])
    func syntaxErrorsShowWhere(text: String, token: String, near: String) {
        let error = #expect(throws: ServiceError.self) { try updated([:], text) }
        #expect(error?.message == "Invalid UpdateExpression: Syntax error; token: \"\(token)\", near: \"\(near)\"")
    }

    private static let operandType = "Incorrect operand type for operator or function; operator"

    private static let mistakes: [(text: String, reason: String)] = [
        ("", "The expression can not be empty;"),
        ("SET a = :one SET b = :one", "The \"SET\" section can only be used once in an update expression;"),
        ("remove a add b :one remove c", "The \"REMOVE\" section can only be used once in an update expression;"),
        ("SET a = if_not_exist(a, b)", "Invalid function name; function: if_not_exist"),
        ("SET data = :one", "Attribute name is a reserved keyword; reserved keyword: data"),
        ("REMOVE a.Absolute", "Attribute name is a reserved keyword; reserved keyword: Absolute"),
        (
            "SET #a = :one",
            "An expression attribute name used in the document path is not defined; attribute name: #a"
        ),
        (
            "SET a = :gone",
            "An expression attribute value used in expression is not defined; attribute value: :gone"
        ),
        (
            "SET a = if_not_exists(a)",
            """
            Incorrect number of operands for operator or function; operator or function: if_not_exists, \
            number of operands: 1
            """
        ),
        (
            "SET a = if_not_exists(:one, b)",
            "Operator or function requires a document path; operator or function: if_not_exists"
        ),
        ("SET a = b + :s", operandType + " or function: +, operand type: S"),
        ("SET a = :l - b", operandType + " or function: -, operand type: L"),
        ("SET a = list_append(a, :s)", operandType + " or function: list_append, operand type: S"),
        ("ADD a :s", operandType + ": ADD, operand type: STRING"),
        ("ADD a :b", operandType + ": ADD, operand type: BINARY"),
        ("ADD a :null", operandType + ": ADD, operand type: NULL"),
        ("ADD a :t", operandType + ": ADD, operand type: BOOLEAN"),
        ("ADD a :l", operandType + ": ADD, operand type: LIST"), ("ADD a :m", operandType + ": ADD, operand type: MAP"),
        ("DELETE a :one", operandType + ": DELETE, operand type: NUMBER"),
        (
            "SET a = :one REMOVE a",
            """
            Two document paths overlap with each other; must remove or rewrite one of these paths; \
            path one: [a], path two: [a]
            """
        ),
        (
            "SET c.b.d = :one, c = :one",
            """
            Two document paths overlap with each other; must remove or rewrite one of these paths; \
            path one: [c, b, d], path two: [c]
            """
        ),
        (
            "REMOVE a.c SET a[1] = :one",
            """
            Two document paths conflict with each other; must remove or rewrite one of these paths; \
            path one: [a, c], path two: [a, [1]]
            """
        ),
    ]

    @Test(arguments: mistakes) func mistakesAreTold(text: String, reason: String) {
        let error = #expect(throws: ServiceError.self) { try updated([:], text) }
        #expect(error?.message == "Invalid UpdateExpression: \(reason)")
    }

    @Test(arguments: [
        "SET a = " + String(repeating: "(", count: 4000),
        "SET a = " + String(repeating: "if_not_exists(a,", count: 250),
        "SET a = " + String(repeating: "(", count: 1000) + "b" + String(repeating: ")", count: 1000),
    ])
    func deepNestingEndsInAnError(text: String) {
        #expect(throws: ServiceError.self) { try updated([:], text) }
    }
}
