import Testing
import WeirModel
import WeirWire

@testable import WeirTables

@Suite struct PlaceholderTests {
    @Test(arguments: [
        ([:] as [String: String]?, nil as [String: AttributeValue]?, "ExpressionAttributeNames must not be empty"),
        (nil, [:], "ExpressionAttributeValues must not be empty"),
        (["a": "a"], nil, "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\""),
        (["#": "a"], nil, "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\""),
        (["#a b": "a"], nil, "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a b\""),
        ([":a": "a"], nil, "ExpressionAttributeNames contains invalid key: Syntax error; key: \":a\""),
        (nil, ["b": .null], "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\""),
        (nil, [":é": .null], "ExpressionAttributeValues contains invalid key: Syntax error; key: \":é\""),
    ])
    func keysThatAreNoneAreRefused(
        names: [String: String]?,
        values: [String: AttributeValue]?,
        message: String
    ) {
        let error = #expect(throws: ServiceError.self) {
            try ExpressionPlaceholders(names: names, values: values)
        }
        #expect(error?.message == message)
    }

    @Test func whatIsNotUsedIsRefused() {
        let names = #expect(throws: ServiceError.self) {
            try condition("#a = :v", names: ["#a": "a", "#c": "c", "#b": "b"], values: [":v": .null])
        }
        #expect(names?.message == "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #c}")
        let values = #expect(throws: ServiceError.self) {
            try condition("a = :v", values: [":v": .null, ":w": .null])
        }
        #expect(values?.message == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}")
    }

    @Test func expressionsAndLegacyMembersExcludeEachOther() {
        let parameters = ExpressionParameters(
            [(.update, "SET a = :v"), (.condition, nil)],
            legacy: [("AttributeUpdates", true), ("Expected", true)]
        )
        let error = #expect(throws: ServiceError.self) { try parameters.placeholders(names: nil) }
        #expect(
            error?.message
                == """
                Can not use both expression and non-expression parameters in the same request: Non-expression \
                parameters: {AttributeUpdates, Expected} Expression parameters: {UpdateExpression}
                """
        )
    }

    @Test func placeholdersNeedAnExpression() {
        let none = ExpressionParameters([(.update, nil), (.condition, nil)])
        let names = #expect(throws: ServiceError.self) { try none.placeholders(names: ["#a": "a"]) }
        #expect(names?.message == "ExpressionAttributeNames can only be specified when using expressions")
        let values = #expect(throws: ServiceError.self) { try none.placeholders(names: nil, values: [":a": .null]) }
        #expect(
            values?.message
                == """
                ExpressionAttributeValues can only be specified when using expressions: \
                UpdateExpression and ConditionExpression are null
                """
        )
        // A projection has no values.
        let projection = ExpressionParameters([(.projection, "a"), (.filter, nil)])
        let value = #expect(throws: ServiceError.self) {
            try projection.placeholders(names: nil, values: [":a": .null])
        }
        #expect(
            value?.message
                == "ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null"
        )
    }

    @Test func everyReservedWordIsKnown() {
        for word in ["ABORT", "zone", "Status", "name", "ttl", "Data"] { #expect(ReservedWords.contains(word)) }
        for word in ["leaseKey", "ttls", "", "_"] { #expect(!ReservedWords.contains(word)) }
    }
}
