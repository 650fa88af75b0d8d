import Testing
import WeirModel
import WeirWire

@testable import WeirTables

@Suite struct FilterExpressionTests {
    @Test(arguments: ["a = :v", "a=:v", "  a  =  :v  ", "a = :v AND b = :w", "a = :v and #b = :w"])
    func equalitiesAreRead(text: String) throws {
        let filter = try FilterExpression(
            text,
            names: text.contains("#") ? ["#b": "b"] : nil,
            values: text.contains(":w") ? [":v": .string("x"), ":w": .number("1")] : [":v": .string("x")]
        ).expectations
        #expect(filter.hold(for: ["a": .string("x"), "b": .number("1")]))
        #expect(!filter.hold(for: ["a": .string("y"), "b": .number("1")]))
        #expect(filter.hold(for: ["a": .string("x"), "b": .number("2")]) == !text.contains(":w"))
        #expect(!filter.hold(for: [:]))
    }

    @Test(arguments: [
        ("", "Invalid FilterExpression: The expression can not be empty;"),
        ("a", "Invalid FilterExpression: Syntax error; token: \"a\", near: \"a\""),
        ("a = ", "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"=\""),
        ("a > :v", "Invalid FilterExpression: Syntax error; token: \">\", near: \"a > :v\""),
        ("a = b", "Invalid FilterExpression: Syntax error; token: \"b\", near: \"= b\""),
        ("a = :v OR a = :v", "Invalid FilterExpression: Syntax error; token: \"OR\", near: \":v OR a\""),
        (
            "a = :other",
            """
            Invalid FilterExpression: An expression attribute value used in expression is not defined; \
            attribute value: :other
            """
        ),
        (
            "#a = :v",
            """
            Invalid FilterExpression: An expression attribute name used in the document path is not defined; \
            attribute name: #a
            """
        ),
    ])
    func otherFormsAreRefused(text: String, message: String) {
        let error = #expect(throws: ServiceError.self) {
            try FilterExpression(text, names: nil, values: [":v": .string("x")])
        }
        #expect(error?.code == .validation)
        #expect(error?.message == message)
    }

    @Test func whatIsNotUsedIsRefused() {
        let error = #expect(throws: ServiceError.self) {
            try FilterExpression("a = :v", names: nil, values: [":v": .null, ":w": .null])
        }
        #expect(
            error?.message == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"
        )
    }
}
