import Testing
import WeirModel
import WeirWire

@testable import WeirTables

/// Texts that look the same and differ in their bytes: `é` in one code point and in two. Swift's `String` holds them for
/// equal; DynamoDB does not.
@Suite struct ExactTextTests {
    private static let short = "\u{E9}"
    private static let long = "e\u{301}"

    @Test func swiftHoldsThemForEqual() {
        #expect(Self.short == Self.long)
        #expect(ExactText(Self.short) != ExactText(Self.long))
        #expect(Set([ExactText(Self.short), ExactText(Self.long), ExactText(Self.short)]).count == 2)
        #expect(ExactText(Self.long) < ExactText(Self.short))
    }

    @Test func valuesDifferByTheirBytes() {
        let values: [(AttributeValue, AttributeValue)] = [
            (.string(Self.short), .string(Self.long)),
            (AttributeValue(texts: [Self.short]), AttributeValue(texts: [Self.long])),
            (.list([.string(Self.short)]), .list([.string(Self.long)])),
            (.map(["a": .string(Self.short)]), .map(["a": .string(Self.long)])),
            (.map([Self.short: .null]), .map([Self.long: .null])),
        ]
        for (left, right) in values {
            #expect(left != right)
            #expect(left == left)
            #expect(Set([left, right, left]).count == 2)
        }
    }

    @Test(arguments: [
        ("s = :short", true), ("s = :long", false), ("s <> :long", true), ("s <> :short", false),
        ("s IN (:long, :other)", false), ("s IN (:long, :short)", true), ("contains(s, :long)", false),
        ("contains(s, :short)", true), ("contains(ss, :short)", true), ("contains(ss, :long)", false),
        ("contains(l, :long)", false), ("contains(l, :short)", true), ("begins_with(s, :long)", false),
        ("begins_with(s, :short)", true), ("begins_with(s, :e)", false), ("s BETWEEN :long AND :long", false),
        ("s BETWEEN :short AND :short", true), ("s > :long", true), ("s < :long", false), ("l = :l", false),
    ])
    func conditionsCompareBytes(expression: String, holds: Bool) throws {
        let item: Item = [
            "s": .string(Self.short), "ss": AttributeValue(texts: [Self.short]), "l": .list([.string(Self.short)]),
        ]
        let values: [String: AttributeValue] = [
            ":short": .string(Self.short), ":long": .string(Self.long), ":other": .string("x"), ":e": .string("e"),
            ":l": .list([.string(Self.long)]),
        ]
        var placeholders = try ExpressionPlaceholders(names: nil, values: values.filter { expression.contains($0.key) })
        let condition = try ConditionParser.condition(expression, .condition, &placeholders)
        #expect(condition.holds(for: item) == holds)
    }

    @Test(arguments: [("EQ", false), ("NE", true), ("IN", false), ("CONTAINS", false), ("BEGINS_WITH", false)])
    func expectationsCompareBytes(comparison: String, holds: Bool) throws {
        let expected = ExpectedAttribute(comparisonOperator: comparison, attributeValueList: [.string(Self.long)])
        #expect(try Expectation("s", expected).holds(for: ["s": .string(Self.short)]) == holds)
    }

    @Test func setsAndKeysKeepThemApart() async throws {
        try await withTables { tables in
            try await tables.createTable()
            // As they come: both texts of the set, and two items.
            for (key, number) in [(Self.short, 1), (Self.long, 2)] {
                _ = try await tables.call(
                    PutItem.self,
                    .init(
                        tableName: "leases",
                        item: [
                            "k": .string(key), "n": .number("\(number)"),
                            "ss": AttributeValue(texts: [Self.short, Self.long]),
                        ]
                    )
                )
            }
            #expect(try await tables.item(Self.short)?["n"] == .number("1"))
            #expect(try await tables.item(Self.long)?["n"] == .number("2"))
            #expect(try await tables.item(Self.long)?["ss"] == AttributeValue(texts: [Self.short, Self.long]))
            let both = #"{"TableName":"leases","Item":{"k":{"S":"x"},"ss":{"SS":["\u00e9","e\u0301"]}}}"#
            #expect(await tables.refusal("PutItem", both) == nil)
            let twice = #"{"TableName":"leases","Item":{"k":{"S":"x"},"ss":{"SS":["e\u0301","e\u0301"]}}}"#
            #expect(await tables.refusal("PutItem", twice)?.code == .validation)
            // A set loses only the text whose bytes are named.
            _ = try await tables.call(
                UpdateItem.self,
                .init(
                    tableName: "leases",
                    key: ["k": .string("x")],
                    updateExpression: "DELETE ss :a",
                    expressionAttributeValues: [":a": AttributeValue(texts: [Self.short])]
                )
            )
            #expect(try await tables.item("x")?["ss"] == AttributeValue(texts: [Self.long]))
            #expect(try await tables.item("x")?["ss"] != AttributeValue(texts: [Self.short]))
        }
    }
}
