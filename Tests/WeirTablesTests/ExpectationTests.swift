import Testing
import WeirModel
import WeirWire

@testable import WeirTables

@Suite struct ExpectationTests {
    static let item: Item = [
        "s": .string("banana"), "n": .number("10"), "b": .binary([1, 2, 3]), "ss": .stringSet(["x", "y"]),
        "ns": .numberSet(["1", "2"]), "l": .list([.string("x")]), "t": .bool(true), "z": .null,
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        var attribute: String
        var condition: ExpectedAttribute
        var holds: Bool

        init(_ attribute: String, _ condition: ExpectedAttribute, _ holds: Bool) {
            self.attribute = attribute
            self.condition = condition
            self.holds = holds
        }

        init(_ attribute: String, _ name: String, _ values: [AttributeValue], _ holds: Bool) {
            self.init(attribute, .init(comparisonOperator: name, attributeValueList: values), holds)
        }

        var testDescription: String { "\(attribute) \(condition.comparisonOperator ?? "") \(holds)" }
    }

    static let cases: [Case] = [
        Case("n", .init(value: .number("10")), true), Case("n", .init(value: .number("11")), false),
        Case("n", .init(value: .string("10")), false), Case("n", .init(value: .number("10"), exists: true), true),
        Case("absent", .init(value: .number("10")), false), Case("absent", .init(exists: false), true),
        Case("n", .init(exists: false), false), Case("n", .init(value: .number("10"), comparisonOperator: "EQ"), true),
        Case("n", "EQ", [.number("10")], true), Case("n", "EQ", [.number("9")], false),
        Case("ss", "EQ", [.stringSet(["y", "x"])], true), Case("l", "EQ", [.list([.string("x")])], true),
        Case("n", "NE", [.number("9")], true), Case("n", "NE", [.number("10")], false),
        Case("absent", "NE", [.number("10")], true),
        Case("n", "LT", [.number("10.5")], true), Case("n", "LT", [.number("10")], false),
        Case("n", "LE", [.number("10")], true), Case("n", "LE", [.number("9")], false),
        Case("n", "GT", [.number("9")], true), Case("n", "GT", [.number("100")], false),
        Case("n", "GE", [.number("10")], true), Case("n", "GE", [.number("11")], false),
        Case("s", "LT", [.string("cherry")], true), Case("s", "GT", [.string("apple")], true),
        Case("b", "LT", [.binary([1, 3])], true), Case("n", "LT", [.string("z")], false),
        Case("absent", "LT", [.number("1")], false), Case("n", "NULL", [], false), Case("absent", "NULL", [], true),
        Case("n", "NOT_NULL", [], true), Case("absent", "NOT_NULL", [], false),
        Case("s", "BEGINS_WITH", [.string("ban")], true), Case("s", "BEGINS_WITH", [.string("nan")], false),
        Case("b", "BEGINS_WITH", [.binary([1, 2])], true), Case("n", "BEGINS_WITH", [.string("1")], false),
        Case("s", "CONTAINS", [.string("nan")], true), Case("s", "CONTAINS", [.string("x")], false),
        Case("s", "CONTAINS", [.string("bananas")], false), Case("b", "CONTAINS", [.binary([2, 3])], true),
        Case("ss", "CONTAINS", [.string("x")], true), Case("ss", "CONTAINS", [.string("z")], false),
        Case("ns", "CONTAINS", [.number("2")], true), Case("l", "CONTAINS", [.string("x")], true),
        Case("absent", "CONTAINS", [.string("x")], false), Case("s", "NOT_CONTAINS", [.string("x")], true),
        Case("ss", "NOT_CONTAINS", [.string("x")], false), Case("absent", "NOT_CONTAINS", [.string("x")], true),
        Case("n", "BETWEEN", [.number("10"), .number("11")], true),
        Case("n", "BETWEEN", [.number("9"), .number("10")], true),
        Case("n", "BETWEEN", [.number("11"), .number("12")], false),
        Case("s", "BETWEEN", [.string("a"), .string("c")], true),
        Case("n", "IN", [.number("1"), .number("10")], true), Case("n", "IN", [.number("1")], false),
        Case("t", "EQ", [.bool(true)], true), Case("z", "EQ", [.null], true),
    ]

    @Test(arguments: cases)
    func conditionsHoldOrNot(example: Case) throws {
        let expectation = try Expectation(example.attribute, example.condition)
        #expect(expectation.holds(for: Self.item) == example.holds)
    }

    @Test func aMissingItemHasNoAttributes() throws {
        #expect(try Expectation("k", .init(exists: false)).holds(for: nil))
        #expect(try !Expectation("k", .init(value: .string("x"))).holds(for: nil))
    }

    private static let invalid = "One or more parameter values were invalid: "

    private static let misfits: [(condition: ExpectedAttribute, message: String)] = [
        (ExpectedAttribute(), invalid + "Value must be provided when Exists is null for Attribute: a"),
        (ExpectedAttribute(exists: true), invalid + "Value must be provided when Exists is true for Attribute: a"),
        (
            ExpectedAttribute(value: .null, exists: false),
            invalid + "Value cannot be used when Exists is false for Attribute: a"
        ),
        (
            ExpectedAttribute(comparisonOperator: "LT"),
            invalid + "Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: a"
        ),
        (
            ExpectedAttribute(exists: true, comparisonOperator: "LT"),
            invalid + "Exists and ComparisonOperator cannot be used together for Attribute: a"
        ),
        (
            ExpectedAttribute(attributeValueList: []),
            invalid + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"
        ),
        (
            ExpectedAttribute(value: .null, attributeValueList: []),
            invalid + "Value and AttributeValueList cannot be used together for Attribute: a"
        ),
        (
            ExpectedAttribute(comparisonOperator: "EQ", attributeValueList: []),
            invalid + "Invalid number of argument(s) for the EQ ComparisonOperator"
        ),
        (
            ExpectedAttribute(comparisonOperator: "NULL", attributeValueList: [.null]),
            invalid + "Invalid number of argument(s) for the NULL ComparisonOperator"
        ),
        (
            ExpectedAttribute(comparisonOperator: "BETWEEN", attributeValueList: [.number("1")]),
            invalid + "Invalid number of argument(s) for the BETWEEN ComparisonOperator"
        ),
        (
            ExpectedAttribute(comparisonOperator: "IN", attributeValueList: [.number("1"), .string("1")]),
            invalid + "AttributeValues inside AttributeValueList must be of same type"
        ),
        (
            ExpectedAttribute(value: .stringSet(["a"]), comparisonOperator: "LT"),
            invalid + "ComparisonOperator LT is not valid for SS AttributeValue type"
        ),
        (
            ExpectedAttribute(comparisonOperator: "BETWEEN", attributeValueList: [.number("2"), .number("1")]),
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        ),
    ]

    @Test(arguments: misfits)
    func conditionsThatDoNotFitTogetherAreRefused(condition: ExpectedAttribute, message: String) {
        let error = #expect(throws: ServiceError.self) { try Expectation("a", condition) }
        #expect(error?.code == .validation)
        #expect(error?.message == message)
    }

    @Test func anUnknownOperatorIsRefused() {
        let error = #expect(throws: ServiceError.self) {
            try Expectation("a", .init(value: .null, comparisonOperator: "LIKE"))
        }
        #expect(error?.message.contains("Member must satisfy enum value set: [EQ, NE,") == true)
    }

    @Test func conditionsAreJoinedByAndUnlessOrIsSaid() throws {
        let both: [String: ExpectedAttribute] = [
            "n": .init(value: .number("10")), "s": .init(value: .string("other")),
        ]
        #expect(try !Expectations(both, conditionalOperator: nil).hold(for: Self.item))
        #expect(try !Expectations(both, conditionalOperator: "AND").hold(for: Self.item))
        #expect(try Expectations(both, conditionalOperator: "OR").hold(for: Self.item))
        #expect(try Expectations(nil, conditionalOperator: nil).hold(for: nil))
        #expect(throws: ServiceError.self) { try Expectations(both, conditionalOperator: "XOR") }
        #expect(throws: ServiceError.self) { try Expectations([:], conditionalOperator: "OR") }
    }
}
