import Testing
import WeirModel
import WeirStore
import WeirWire

@testable import WeirTables

@Suite struct KeyConditionTests {
    private static let hashOnly = KeySchema(hash: KeyAttribute("h", "S"))
    private static let both = KeySchema(hash: KeyAttribute("h", "S"), range: KeyAttribute("r", "N"))
    private static let texts = KeySchema(hash: KeyAttribute("h", "S"), range: KeyAttribute("r", "S"))
    private static let values: [String: AttributeValue] = [
        ":h": .string("x"), ":1": .number("1"), ":2": .number("2"), ":s": .string("s"), ":t": .bool(true),
        ":e": .string(""),
    ]

    private func resolved(
        _ text: String,
        _ schema: KeySchema
    ) throws(ServiceError) -> (hash: AttributeValue, range: RangeCondition?) {
        var placeholders = try ExpressionPlaceholders(names: nil, values: Self.values)
        return try KeyCondition(text, &placeholders).resolved(for: schema)
    }

    @Test(
        arguments: [
            ("h = :h", both, nil), ("h = :h", hashOnly, nil), (":h = h", both, nil), ("(h = :h)", both, nil),
            ("h = :h AND r = :1", both, .equal(.number("1"))), ("(h = :h) AND (r = :1)", both, .equal(.number("1"))),
            ("r < :1 AND h = :h", both, .below(.number("1"), inclusive: false)),
            ("h = :h AND r <= :1", both, .below(.number("1"), inclusive: true)),
            ("h = :h AND r > :1", both, .above(.number("1"), inclusive: false)),
            ("h = :h AND r >= :1", both, .above(.number("1"), inclusive: true)),
            ("h = :h AND :1 < r", both, .above(.number("1"), inclusive: false)),
            ("h = :h AND :1 >= r", both, .below(.number("1"), inclusive: true)),
            ("h = :h AND r BETWEEN :1 AND :2", both, .between(.number("1"), .number("2"))),
            ("h = :h AND begins_with(r, :s)", texts, .begins(.string("s"))),
        ] as [(String, KeySchema, RangeCondition?)]
    )
    func keysAreFound(text: String, schema: KeySchema, range: RangeCondition?) throws {
        let found = try resolved(text, schema)
        #expect(found.hash == .string("x"))
        #expect(found.range == range)
    }

    private static let schemaType =
        "One or more parameter values were invalid: Condition parameter type does not match schema type"
    private static let operandType =
        "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: "

    @Test(
        arguments: [
            ("r = :1", both, "Query condition missed key schema element: h"),
            ("h = :h AND x = :1", both, "Query condition missed key schema element: r"),
            ("h = :h AND r = :1", hashOnly, "Query key condition not supported"),
            ("h > :h", both, "Query key condition not supported"),
            (
                "h = :h AND r > :1 AND x = :2", both,
                "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"
            ),
            (
                "h = :h AND r > :1 AND r < :2", both,
                "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"
            ),
            ("h = :h OR r = :1", both, "Invalid operator used in KeyConditionExpression: OR"),
            ("NOT h = :h", both, "Invalid operator used in KeyConditionExpression: NOT"),
            ("h <> :h", both, "Invalid operator used in KeyConditionExpression: <>"),
            ("h IN (:h)", both, "Invalid operator used in KeyConditionExpression: IN"),
            ("attribute_exists(h)", both, "Invalid operator used in KeyConditionExpression: attribute_exists"),
            ("contains(h, :h)", both, "Invalid operator used in KeyConditionExpression: contains"),
            ("size(h) = :1", both, "KeyConditionExpressions cannot contain nested operations"),
            ("h.a = :h", both, "KeyConditionExpressions cannot have conditions on nested attributes"),
            (
                "h = r", both,
                "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
            ),
            (":h = :s", both, "Invalid condition in KeyConditionExpression: No key attribute specified"),
            (
                "begins_with(:h, :s)", both,
                """
                Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first \
                operand
                """
            ),
            ("h = :h AND r = :s", both, schemaType), ("h = :h AND r = :t", both, schemaType),
            ("h = :h AND begins_with(r, :s)", both, schemaType), ("h = :1", both, schemaType),
            ("h = :h AND begins_with(r, :1)", both, operandType + "begins_with, operand type: N"),
            ("h = :h AND r < :t", both, operandType + "<, operand type: BOOL"),
            (
                "h = :e", both,
                """
                One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty \
                string value. Key: h
                """
            ),
        ] as [(String, KeySchema, String)]
    )
    func whatAnIndexCannotFindIsRefused(text: String, schema: KeySchema, message: String) {
        let error = #expect(throws: ServiceError.self) { try resolved(text, schema) }
        #expect(error?.code == .validation)
        #expect(error?.message == message)
    }
}
