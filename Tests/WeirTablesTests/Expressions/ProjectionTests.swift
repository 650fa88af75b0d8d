import Testing
import WeirModel
import WeirWire

@testable import WeirTables

@Suite struct ProjectionTests {
    private static let item: Item = [
        "k": .string("key"), "n": .number("1"), "m": .map(["a": .number("1"), "b": .map(["c": .null, "d": .null])]),
        "l": .list([.string("0"), .map(["x": .number("1"), "y": .number("2")]), .string("2")]),
    ]

    private func projected(_ text: String, names: [String: String]? = nil) throws(ServiceError) -> Item {
        var placeholders = try ExpressionPlaceholders(names: names, values: nil)
        return try ProjectionExpression(text, &placeholders).applied(to: Self.item)
    }

    @Test(
        arguments: [
            ("k", ["k": .string("key")]), ("k, n", ["k": .string("key"), "n": .number("1")]), ("gone", [:]),
            ("m.a", ["m": .map(["a": .number("1")])]), ("m.gone, n.x, l.x", [:]), ("m[0], n[0]", [:]),
            ("m.b.c,m.a", ["m": .map(["a": .number("1"), "b": .map(["c": .null])])]),
            ("l[2],l[0]", ["l": .list([.string("0"), .string("2")])]), ("l[7]", [:]),
            ("l[1].y, l[2]", ["l": .list([.map(["y": .number("2")]), .string("2")])]),
        ] as [(String, Item)]
    )
    func partsAreGiven(text: String, expected: Item) throws {
        #expect(try projected(text) == expected)
    }

    @Test func namesStandForParts() throws {
        #expect(try projected("#m.#a", names: ["#m": "m", "#a": "a"]) == ["m": .map(["a": .number("1")])])
    }

    @Test(arguments: [
        ("", "The expression can not be empty;"), ("a,", "Syntax error; token: \"<EOF>\", near: \",\""),
        ("a b", "Syntax error; token: \"b\", near: \"a b\""), (":v", "Syntax error; token: \":v\", near: \":v\""),
        ("size(a)", "Syntax error; token: \"(\", near: \"size(a\""),
        ("!!!", "Syntax error; token: \"!\", near: \"!!\""),
        ("name", "Attribute name is a reserved keyword; reserved keyword: name"),
        (
            "#x",
            "An expression attribute name used in the document path is not defined; attribute name: #x"
        ),
        (
            "a, b, a.c",
            """
            Two document paths overlap with each other; must remove or rewrite one of these paths; \
            path one: [a], path two: [a, c]
            """
        ),
        (
            "a[0], a.c",
            """
            Two document paths conflict with each other; must remove or rewrite one of these paths; \
            path one: [a, [0]], path two: [a, c]
            """
        ),
    ])
    func mistakesAreTold(text: String, reason: String) {
        let error = #expect(throws: ServiceError.self) { try projected(text) }
        #expect(error?.message == "Invalid ProjectionExpression: \(reason)")
    }
}
