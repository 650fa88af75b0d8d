import Testing
import WeirModel
import WeirWire

@Suite struct QueryTests {
    /// A table with a range key of a type, and an index by `owner`.
    private func withTable(range: String = "S", _ body: (TestTables) async throws -> Void) async throws {
        try await withTables { test in
            _ = try await test.answer(
                "CreateTable",
                """
                {"TableName":"parts","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[
                {"AttributeName":"h","AttributeType":"S"},{"AttributeName":"r","AttributeType":"\(range)"},
                {"AttributeName":"owner","AttributeType":"S"}],
                "KeySchema":[{"AttributeName":"h","KeyType":"HASH"},{"AttributeName":"r","KeyType":"RANGE"}],
                "GlobalSecondaryIndexes":[{"IndexName":"byOwner","KeySchema":[{"AttributeName":"owner","KeyType":"HASH"}],
                "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["note"]}}]}
                """
            )
            try await body(test)
        }
    }

    private func put(_ test: TestTables, _ hash: String, _ range: AttributeValue, _ others: Item = [:]) async throws {
        let item: Item = ["h": .string(hash), "r": range]
        _ = try await test.call(
            PutItem.self,
            .init(tableName: "parts", item: item.merging(others) { key, _ in key })
        )
    }

    private func ranges(_ test: TestTables, _ request: Query.Request) async throws -> [AttributeValue] {
        var request = request
        var found: [AttributeValue] = []
        repeat {
            let page = try await test.call(Query.self, request)
            found += (page.items ?? []).compactMap { $0["r"] }
            request.exclusiveStartKey = page.lastEvaluatedKey
        } while request.exclusiveStartKey != nil
        return found
    }

    private func request(_ condition: String, _ values: [String: AttributeValue]) -> Query.Request {
        Query.Request(
            tableName: "parts",
            expressionAttributeValues: values.merging([":h": .string("x")]) { value, _ in value },
            keyConditionExpression: "h = :h" + (condition.isEmpty ? "" : " AND " + condition)
        )
    }

    private static let texts = ["", "a", "ab", "abc", "b", "b\u{0}", "ba", "\u{7F}", "é", "😀"].dropFirst()

    @Test(arguments: [1, 2, 100], [true, false])
    func textsComeInOrder(limit: Int, isForward: Bool) async throws {
        try await withTable { test in
            for text in Self.texts.shuffled() { try await put(test, "x", .string(text)) }
            // Neighbours whose keys begin like the one asked for.
            for hash in ["w", "x\u{0}", "xa", "y"] { try await put(test, hash, .string("b")) }
            let sorted = Self.texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            func found(_ condition: String, _ values: [String: AttributeValue] = [:]) async throws -> [String] {
                var request = request(condition, values)
                request.limit = limit
                request.scanIndexForward = isForward
                let found = try await ranges(test, request).compactMap { value -> String? in
                    guard case .string(let text) = value else { return nil }
                    return text
                }
                return isForward ? found : found.reversed()
            }
            #expect(try await found("") == sorted)
            for pivot in ["a", "b", "aa", "z"] {
                let values = [":r": AttributeValue.string(pivot)]
                func less(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
                #expect(try await found("r = :r", values) == sorted.filter { $0 == pivot })
                #expect(try await found("r < :r", values) == sorted.filter { less($0, pivot) })
                #expect(try await found("r <= :r", values) == sorted.filter { !less(pivot, $0) })
                #expect(try await found("r > :r", values) == sorted.filter { less(pivot, $0) })
                #expect(try await found("r >= :r", values) == sorted.filter { !less($0, pivot) })
                #expect(
                    try await found("begins_with(r, :r)", values) == sorted.filter { $0.utf8.starts(with: pivot.utf8) }
                )
                guard pivot != "z" else { continue }
                #expect(
                    try await found("r BETWEEN :r AND :s", [":r": .string(pivot), ":s": .string("ba")])
                        == sorted.filter { !less($0, pivot) && !less("ba", $0) }
                )
            }
        }
    }

    @Test func numbersComeInOrder() async throws {
        try await withTable(range: "N") { test in
            for number in [-12, -2, 0, 1, 3, 10, 200].shuffled() { try await put(test, "x", .number("\(number)")) }
            let some = try await ranges(
                test,
                request("r BETWEEN :a AND :b", [":a": .number("-2"), ":b": .number("1e1")])
            )
            #expect(some == ["-2", "0", "1", "3", "10"].map { .number($0) })
        }
    }

    @Test func bytesComeInOrder() async throws {
        try await withTable(range: "B") { test in
            let keys: [[UInt8]] = [[0], [0, 0], [1], [254, 255], [255], [255, 255], [255, 255, 1]]
            for key in keys.shuffled() { try await put(test, "x", .binary(key)) }
            #expect(try await ranges(test, request("", [:])) == keys.map { .binary($0) })
            let begin = try await ranges(test, request("begins_with(r, :r)", [":r": .binary([255])]))
            #expect(begin == keys.suffix(3).map { .binary($0) })
        }
    }

    @Test func keysMayBeGivenByAttribute() async throws {
        try await withTable { test in
            for text in ["a", "b", "c"] { try await put(test, "x", .string(text), ["n": .number("1")]) }
            let found = try await ranges(
                test,
                Query.Request(
                    tableName: "parts",
                    keyConditions: [
                        "h": .init(comparisonOperator: "EQ", attributeValueList: [.string("x")]),
                        "r": .init(comparisonOperator: "GT", attributeValueList: [.string("a")]),
                    ],
                    queryFilter: ["n": .init(comparisonOperator: "EQ", attributeValueList: [.number("1")])]
                )
            )
            #expect(found == [.string("b"), .string("c")])
        }
    }

    @Test func aFilterLeavesItemsOutAfterTheyWereCounted() async throws {
        try await withTable { test in
            for number in 0..<6 { try await put(test, "x", .string("\(number)"), ["n": .number("\(number % 2)")]) }
            var request = request("", [":n": .number("1")])
            request.filterExpression = "n = :n"
            request.limit = 4
            let page = try await test.call(Query.self, request)
            #expect(page.count == 2 && page.scannedCount == 4)
            #expect(page.lastEvaluatedKey == ["h": .string("x"), "r": .string("3")])
            request.select = "COUNT"
            request.limit = nil
            let counted = try await test.call(Query.self, request)
            #expect(counted.items == nil && counted.count == 3 && counted.scannedCount == 6)
        }
    }

    @Test func anIndexFindsItemsByAnotherKey() async throws {
        try await withTable { test in
            let others: Item = ["owner": .string("w"), "note": .string("n"), "secret": .string("s")]
            for text in ["c", "a", "b"] { try await put(test, "x", .string(text), others) }
            try await put(test, "y", .string("a"), others)
            try await put(test, "x", .string("none"))
            var request = Query.Request(
                tableName: "parts",
                limit: 2,
                indexName: "byOwner",
                expressionAttributeValues: [":o": .string("w")],
                keyConditionExpression: "#o = :o"
            )
            request.expressionAttributeNames = ["#o": "owner"]
            let first = try await test.call(Query.self, request)
            #expect(first.lastEvaluatedKey.map { Set($0.keys) } == ["h", "r", "owner"])
            #expect(first.items?.first.map { Set($0.keys) } == ["h", "r", "owner", "note"], "what the index gives")
            request.limit = nil
            #expect(try await ranges(test, request) == ["a", "b", "c", "a"].map { .string($0) })
            // Both directions, page by page.
            request.limit = 1
            request.scanIndexForward = false
            #expect(try await ranges(test, request) == ["a", "c", "b", "a"].map { .string($0) })

            // The index follows what becomes of the items.
            try await put(test, "x", .string("a"), ["owner": .string("other")])
            _ = try await test.call(
                UpdateItem.self,
                .init(
                    tableName: "parts",
                    key: ["h": .string("x"), "r": .string("b")],
                    attributeUpdates: ["owner": .init(action: "DELETE")]
                )
            )
            _ = try await test.call(
                DeleteItem.self,
                .init(tableName: "parts", key: ["h": .string("x"), "r": .string("c")])
            )
            #expect(try await ranges(test, request) == [.string("a")])
            let all = try await test.call(Scan.self, .init(tableName: "parts", indexName: "byOwner"))
            #expect(all.count == 2, "only items that have an owner")
        }
    }

    private static let invalid = "One or more parameter values were invalid: "

    private static let refused: [(body: String, message: String)] = [
        ("", "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
        (#","KeyConditions":{}"#, "Conditions can be of length 1 or 2 only"),
        (
            #","IndexName":"other","KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"x"}}"#,
            "The table does not have the specified index: other"
        ),
        (
            #","IndexName":"byOwner","ConsistentRead":true,"KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"x"}}"#,
            "Consistent reads are not supported on global secondary indexes"
        ),
        (
            #","IndexName":"byOwner","Select":"ALL_ATTRIBUTES","KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"x"}}"#,
            invalid
                + """
                Select type ALL_ATTRIBUTES is not supported for global secondary index byOwner because its projection \
                type is not ALL
                """
        ),
        (
            #","IndexName":"byOwner","ProjectionExpression":"secret","KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"x"}}"#,
            invalid + "Global secondary index byOwner does not project [secret]"
        ),
        (
            #","Select":"ALL_PROJECTED_ATTRIBUTES","KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"x"}}"#,
            invalid + "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
        ),
        (
            #","FilterExpression":"r > :h","KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"x"}}"#,
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: r"
        ),
        (
            #","ExclusiveStartKey":{"h":{"S":"y"},"r":{"S":"a"}},"KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"x"}}"#,
            "The provided starting key is outside query boundaries based on provided conditions"
        ),
        (
            #","ExclusiveStartKey":{"h":{"S":"x"}},"KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"x"}}"#,
            "The provided starting key is invalid: The provided key element does not match the schema"
        ),
        (
            #","ExclusiveStartKey":{"h":{"S":"x"},"r":{"S":"a"}},"KeyConditionExpression":"h = :h AND r > :r","ExpressionAttributeValues":{":h":{"S":"x"},":r":{"S":"b"}}"#,
            "The provided starting key does not match the range key predicate"
        ),
        (
            #","KeyConditions":{"h":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"x"}]}},"KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"x"}}"#,
            """
            Can not use both expression and non-expression parameters in the same request: \
            Non-expression parameters: {KeyConditions} Expression parameters: {KeyConditionExpression}
            """
        ),
    ]

    @Test(arguments: refused)
    func badQueriesAreRefused(body: String, message: String) async throws {
        try await withTable { test in
            let error = await test.refusal("Query", #"{"TableName":"parts"\#(body)}"#)
            #expect(error?.code == .validation)
            #expect(error?.message == message)
        }
    }
}
