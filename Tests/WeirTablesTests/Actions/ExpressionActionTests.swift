import NIOCore
import Testing
import WeirModel
import WeirWire

/// The item actions with expressions.
@Suite struct ExpressionActionTests {
    private func withItem(_ body: (TestTables) async throws -> Void) async throws {
        try await withTables { test in
            try await test.createTable()
            _ = try await test.answer(
                "PutItem",
                """
                {"TableName":"leases","Item":{"k":{"S":"a"},"n":{"N":"1"},"s":{"SS":["x","y"]},
                "m":{"M":{"in":{"N":"5"},"l":{"L":[{"S":"0"},{"S":"1"}]}}}}}
                """
            )
            try await body(test)
        }
    }

    private static let key = #""TableName":"leases","Key":{"k":{"S":"a"}}"#

    @Test func aConditionGuardsEveryWrite() async throws {
        try await withItem { test in
            for (action, rest) in [
                ("PutItem", #""Item":{"k":{"S":"a"}}"#), ("DeleteItem", #""Key":{"k":{"S":"a"}}"#),
                ("UpdateItem", #""Key":{"k":{"S":"a"}},"UpdateExpression":"SET n = n + :v""#),
            ] {
                let body = """
                    {"TableName":"leases",\(rest),"ConditionExpression":"n > :v","ExpressionAttributeValues":
                    {":v":{"N":"1"}}}
                    """
                let error = await test.refusal(action, body)
                #expect(error?.code == .conditionalCheckFailed)
                #expect(error?.message == "The conditional request failed")
                #expect(error?.cause == nil, "the item was not asked for")
                let withItem = await test.refusal(
                    action,
                    String(body.dropLast()) + #","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#
                )
                #expect((withItem?.cause as? ConditionFailure)?.item["n"] == .number("1"))
            }
            let item = try await test.item("a")
            #expect(item?["n"] == .number("1"))
        }
    }

    @Test func theErrorOfAConditionCarriesTheItem() async throws {
        try await withItem { test in
            let error = await test.refusal(
                "PutItem",
                """
                {"TableName":"leases","Item":{"k":{"S":"a"}},"ConditionExpression":"attribute_not_exists(k)",
                "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
                """
            )
            var body = ByteBuffer()
            try ErrorBody.write(#require(error), service: .dynamoDB, to: &body, format: .json)
            #expect(
                String(buffer: body).hasPrefix(
                    #"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","#
                        + #""message":"The conditional request failed","Item":{"k":{"S":"a"},"m":"#
                )
            )
        }
    }

    private static let returned: [(wish: String, attributes: String)] = [
        ("NONE", "{}"),
        ("ALL_OLD", #"{"Attributes":{"k":{"S":"a"},"n":{"N":"1"},"s":{"SS":["x","y"]}}}"#),
        ("UPDATED_OLD", #"{"Attributes":{"m":{"M":{"in":{"N":"5"},"l":{"L":[{"S":"1"}]}}},"n":{"N":"1"}}}"#),
        (
            "UPDATED_NEW",
            #"{"Attributes":{"m":{"M":{"in":{"N":"6"},"l":{"L":[{"S":"one"}]}}},"n":{"N":"2"},"on":{"BOOL":true}}}"#
        ),
        (
            "ALL_NEW",
            #"{"Attributes":{"k":{"S":"a"},"n":{"N":"2"},"on":{"BOOL":true},"s":{"SS":["x","y"]}}}"#
        ),
    ]

    @Test(arguments: returned)
    func whatIsAskedForIsReturned(wish: String, attributes: String) async throws {
        try await withItem { test in
            let answer = try await test.value(
                "UpdateItem",
                """
                {\(Self.key),"UpdateExpression":"SET n = n + :one, m.#in = m.#in + :one, m.l[1] = :s, #on = :t",
                "ExpressionAttributeNames":{"#in":"in","#on":"on"},
                "ExpressionAttributeValues":{":one":{"N":"1"},":s":{"S":"one"},":t":{"BOOL":true}},
                "ReturnValues":"\(wish)"}
                """
            )
            let expected = try WireValue(json: ByteBuffer(string: attributes))
            if wish.hasPrefix("ALL") { #expect(answer.has(expected)) } else { #expect(answer == expected) }
        }
    }

    @Test func anUpdateMakesItsItem() async throws {
        try await withItem { test in
            func update(_ key: String, _ expression: String) async throws {
                _ = try await test.answer(
                    "UpdateItem",
                    """
                    {"TableName":"leases","Key":{"k":{"S":"\(key)"}},"UpdateExpression":"\(expression)"
                    \(expression.contains(":v") ? #","ExpressionAttributeValues":{":v":{"N":"1"}}"# : "")}
                    """
                )
            }
            try await update("b", "SET n = :v")
            #expect(try await test.item("b") == ["k": .string("b"), "n": .number("1")])
            try await update("c", "ADD n :v REMOVE x")
            #expect(try await test.item("c") == ["k": .string("c"), "n": .number("1")])
            try await update("d", "REMOVE x")
            #expect(try await test.item("d") == nil, "there is nothing to remove from")
        }
    }

    @Test func aNewValueMustNotBeNestedTooDeep() async throws {
        func nested(_ levels: Int) -> String {
            String(repeating: #"{"M":{"x":"#, count: levels - 1) + #"{"S":"leaf"}"#
                + String(repeating: "}}", count: levels - 1)
        }
        let message = """
            Nesting Levels have exceeded supported limits: \
            Attributes in the item have nested levels beyond supported limit
            """
        try await withItem { test in
            let deepest = nested(Limits.maximumAttributeDepth)
            _ = try await test.answer("PutItem", #"{"TableName":"leases","Item":{"k":{"S":"b"},"d":\#(deepest)}}"#)
            let put = await test.refusal(
                "PutItem",
                #"{"TableName":"leases","Item":{"k":{"S":"b"},"d":\#(nested(Limits.maximumAttributeDepth + 1))}}"#
            )
            #expect(put?.message == message)
            // What is right by itself may be too deep where it is put.
            let update = await test.refusal(
                "UpdateItem",
                #"{\#(Self.key),"UpdateExpression":"SET m.d = :d","ExpressionAttributeValues":{":d":\#(deepest)}}"#
            )
            #expect(update?.message == message)
        }
    }

    @Test func partsOfAnItemAreRead() async throws {
        try await withItem { test in
            let answer = try await test.answer(
                "GetItem",
                """
                {\(Self.key),"ProjectionExpression":"n, m.#l[1], gone","ExpressionAttributeNames":{"#l":"l"},
                "ReturnConsumedCapacity":"INDEXES"}
                """
            )
            #expect(
                answer == """
                    {"Item":{"m":{"M":{"l":{"L":[{"S":"1"}]}}},"n":{"N":"1"}},"ConsumedCapacity":\
                    {"TableName":"leases","CapacityUnits":0.5,"Table":{"CapacityUnits":0.5}}}
                    """
            )
            let nothing = try await test.answer("GetItem", #"{\#(Self.key),"ProjectionExpression":"gone"}"#)
            #expect(nothing == #"{"Item":{}}"#)
        }
    }

    private static let mixed = "Can not use both expression and non-expression parameters in the same request: "
    private static let valuesOnly = "ExpressionAttributeValues can only be specified when using expressions: "

    private static let refused: [(action: String, body: String, message: String)] = [
        (
            "PutItem",
            #""Item":{"k":{"S":"a"}},"Expected":{"k":{"Exists":false}},"ConditionExpression":"attribute_exists(k)""#,
            mixed + "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"
        ),
        (
            "UpdateItem", #""Key":{"k":{"S":"a"}},"AttributeUpdates":{},"Expected":{},"UpdateExpression":"REMOVE x""#,
            mixed + "Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: {UpdateExpression}"
        ),
        (
            "GetItem", #""Key":{"k":{"S":"a"}},"AttributesToGet":["a"],"ProjectionExpression":"a""#,
            mixed + "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
        ),
        (
            "Scan", #""ScanFilter":{},"AttributesToGet":["a"],"FilterExpression":"a = b""#,
            mixed + "Non-expression parameters: {AttributesToGet, ScanFilter} Expression parameters: {FilterExpression}"
        ),
        (
            "DeleteItem", ##""Key":{"k":{"S":"a"}},"ExpressionAttributeNames":{"#a":"a"}"##,
            "ExpressionAttributeNames can only be specified when using expressions"
        ),
        (
            "DeleteItem", #""Key":{"k":{"S":"a"}},"ExpressionAttributeValues":{":a":{"S":"a"}}"#,
            valuesOnly + "ConditionExpression is null"
        ),
        (
            "UpdateItem", #""Key":{"k":{"S":"a"}},"ExpressionAttributeValues":{":a":{"S":"a"}}"#,
            valuesOnly + "UpdateExpression and ConditionExpression are null"
        ),
        (
            "UpdateItem",
            #""Key":{"k":{"S":"a"}},"UpdateExpression":"SET a = :a","ExpressionAttributeValues":{":a":{"S":"a"},":b":{"S":""}}"#,
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}"
        ),
        (
            "UpdateItem",
            #""Key":{"k":{"S":"a"}},"UpdateExpression":"SET k = :a","ExpressionAttributeValues":{":a":{"S":"a"}}"#,
            "One or more parameter values were invalid: Cannot update attribute k. This attribute is part of the key"
        ),
        (
            "PutItem", #""Item":{"k":{"S":"a"}},"ReturnValuesOnConditionCheckFailure":"SOME""#,
            """
            1 validation error detected: Value 'SOME' at 'returnValuesOnConditionCheckFailure' failed to satisfy \
            constraint: Member must satisfy enum value set: [ALL_OLD, NONE]
            """
        ),
        (
            "PutItem", #""Item":{"k":{"S":"a"}},"ReturnConsumedCapacity":"SOME","ReturnItemCollectionMetrics":"ANY""#,
            """
            2 validation errors detected: Value 'SOME' at 'returnConsumedCapacity' failed to satisfy constraint: Member \
            must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value 'ANY' at 'returnItemCollectionMetrics' failed to \
            satisfy constraint: Member must satisfy enum value set: [SIZE, NONE]
            """
        ),
        (
            "Scan", #""AttributesToGet":["a","b","a"]"#,
            "One or more parameter values were invalid: Duplicate value in attribute name: a"
        ),
    ]

    @Test(arguments: refused)
    func badRequestsAreRefused(action: String, body: String, message: String) async throws {
        try await withItem { test in
            let error = await test.refusal(action, #"{"TableName":"leases",\#(body)}"#)
            #expect(error?.code == .validation)
            #expect(error?.message == message)
        }
    }

    @Test func ofManyWhoTakeALockOneGetsIt() async throws {
        try await withItem { test in
            let winners = await withTaskGroup(of: Bool.self) { group in
                for worker in 0..<16 {
                    group.addTask {
                        await test.refusal(
                            "PutItem",
                            """
                            {"TableName":"leases","Item":{"k":{"S":"Leader"},"ownerName":{"S":"\(worker)"}},
                            "ConditionExpression":"attribute_not_exists(#k)","ExpressionAttributeNames":{"#k":"k"}}
                            """
                        ) == nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(winners == 1)
        }
    }
}
