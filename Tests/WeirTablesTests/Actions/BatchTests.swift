import Testing
import WeirModel
import WeirWire

@Suite struct BatchTests {
    private func withLeases(_ body: (TestTables) async throws -> Void) async throws {
        try await withTables { test in
            try await test.createTable()
            try await test.createTable("others")
            try await body(test)
        }
    }

    private func key(_ text: String) -> Item { ["k": .string(text)] }

    @Test func itemsAreWrittenAndReadInBatches() async throws {
        try await withLeases { test in
            let puts = (0..<Limits.maximumBatchWriteCount - 1).map { number in
                WriteRequest(putRequest: PutRequest(item: ["k": .string("\(number)"), "n": .number("\(number)")]))
            }
            let written = try await test.call(
                BatchWriteItem.self,
                .init(
                    requestItems: ["leases": puts, "others": [WriteRequest(putRequest: PutRequest(item: key("x")))]],
                    returnConsumedCapacity: "TOTAL"
                )
            )
            #expect(written.unprocessedItems.isEmpty)
            #expect(written.consumedCapacity?.map(\.capacityUnits) == [24, 1])
            _ = try await test.call(
                BatchWriteItem.self,
                .init(requestItems: ["leases": [WriteRequest(deleteRequest: DeleteRequest(key: key("3")))]])
            )
            let read = try await test.call(
                BatchGetItem.self,
                .init(requestItems: [
                    "leases": KeysAndAttributes(
                        keys: [key("1"), key("3"), key("5")],
                        projectionExpression: "#n",
                        expressionAttributeNames: ["#n": "n"]
                    ), "others": KeysAndAttributes(keys: [key("x")], consistentRead: true),
                ])
            )
            #expect(read.responses["leases"] == [["n": .number("1")], ["n": .number("5")]])
            #expect(read.responses["others"] == [key("x")])
            #expect(read.unprocessedKeys.isEmpty)
        }
    }

    @Test func whatDoesNotFitIntoAnAnswerIsLeftOver() async throws {
        try await withLeases { test in
            let large = AttributeValue.string(String(repeating: "x", count: 390 << 10))
            let keys = (0..<50).map { key("\($0)") }
            for key in keys {
                let item = key.merging(["v": large]) { value, _ in value }
                _ = try await test.call(PutItem.self, .init(tableName: "leases", item: item))
            }
            var request = BatchGetItem.Request(requestItems: ["leases": KeysAndAttributes(keys: keys)])
            let first = try await test.call(BatchGetItem.self, request)
            let count = first.responses["leases"]?.count ?? 0
            #expect(count == (16 << 20) / ((390 << 10) + 4))
            request.requestItems = first.unprocessedKeys
            let rest = try await test.call(BatchGetItem.self, request)
            #expect(count + (rest.responses["leases"]?.count ?? 0) == 50)
            #expect(rest.unprocessedKeys.isEmpty)
        }
    }

    private static func keys(_ count: Int) -> String {
        (0..<count).map { #"{"k":{"S":"\#($0)"}}"# }.joined(separator: ",")
    }

    private static func puts(_ count: Int) -> String {
        (0..<count).map { #"{"PutRequest":{"Item":{"k":{"S":"\#($0)"}}}}"# }.joined(separator: ",")
    }

    private static let refused: [(action: String, body: String, message: String)] = [
        (
            "BatchGetItem", "{}",
            """
            1 validation error detected: Value null at 'requestItems' failed to satisfy constraint: \
            Member must not be null
            """
        ),
        (
            "BatchGetItem", #"{"RequestItems":{"leases":{"Keys":[{"k":{"S":"a"}},{"k":{"S":"a"}}]}}}"#,
            "Provided list of item keys contains duplicates"
        ),
        (
            "BatchGetItem", #"{"RequestItems":{"leases":{"Keys":[\#(keys(60))]},"others":{"Keys":[\#(keys(41))]}}}"#,
            "Too many items requested for the BatchGetItem call"
        ),
        (
            "BatchGetItem", #"{"RequestItems":{"leases":{"Keys":[{"x":{"S":"a"}}]}}}"#,
            "The provided key element does not match the schema"
        ),
        (
            "BatchWriteItem", #"{"RequestItems":{"leases":[\#(puts(20))],"others":[\#(puts(6))]}}"#,
            "Too many items requested for the BatchWriteItem call"
        ),
        (
            "BatchWriteItem",
            #"{"RequestItems":{"leases":[\#(puts(1)),{"DeleteRequest":{"Key":{"k":{"S":"0"}}}}]}}"#,
            "Provided list of item keys contains duplicates"
        ),
        (
            "BatchWriteItem", #"{"RequestItems":{"leases":[{}]}}"#,
            """
            Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes
            """
        ),
        (
            "BatchWriteItem", #"{"RequestItems":{"leases":[{"PutRequest":{"Item":{"x":{"S":"0"}}}}]}}"#,
            "The provided key element does not match the schema"
        ),
    ]

    @Test(arguments: refused)
    func badBatchesAreRefused(action: String, body: String, message: String) async throws {
        try await withLeases { test in
            let error = await test.refusal(action, body)
            #expect(error?.code == .validation)
            #expect(error?.message == message)
        }
    }

    @Test func aBatchOfAnotherTableIsNotFound() async throws {
        try await withLeases { test in
            for (action, body) in [
                ("BatchGetItem", #"{"RequestItems":{"absent":{"Keys":[{"k":{"S":"a"}}]}}}"#),
                ("BatchWriteItem", #"{"RequestItems":{"leases":[\#(Self.puts(1))],"zzz":[\#(Self.puts(1))]}}"#),
            ] {
                let error = await test.refusal(action, body)
                #expect(error?.code == .resourceNotFound)
                #expect(error?.message == "Requested resource not found")
            }
            let item = try await test.item("0")
            #expect(item == nil)
        }
    }
}
