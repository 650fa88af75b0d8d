import NIOCore
import Testing
import WeirModel
import WeirTestTools
import WeirWire

@testable import WeirTables

@Suite struct TransactionTests {
    private func withLeases(_ body: (TestTables) async throws -> Void) async throws {
        try await withTables { test in
            try await test.createTable()
            try await test.createTable("others")
            for (key, number) in [("a", 1), ("b", 2)] {
                let item: Item = ["k": .string(key), "n": .number("\(number)")]
                _ = try await test.call(PutItem.self, .init(tableName: "leases", item: item))
            }
            try await body(test)
        }
    }

    private static func steps(condition: String) -> String {
        """
        {"TransactItems":[
        {"ConditionCheck":{"TableName":"leases","Key":{"k":{"S":"a"}},"ConditionExpression":"\(condition)",
        "ExpressionAttributeValues":{":one":{"N":"1"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}},
        {"Put":{"TableName":"others","Item":{"k":{"S":"new"}},"ConditionExpression":"attribute_not_exists(k)"}},
        {"Update":{"TableName":"leases","Key":{"k":{"S":"b"}},"UpdateExpression":"ADD n :v",
        "ExpressionAttributeValues":{":v":{"N":"5"}}}},
        {"Delete":{"TableName":"leases","Key":{"k":{"S":"gone"}}}}],"ReturnConsumedCapacity":"TOTAL"}
        """
    }

    @Test func allOfATransactionIsDone() async throws {
        try await withLeases { test in
            let answer = try await test.answer("TransactWriteItems", Self.steps(condition: "n = :one"))
            #expect(
                answer == """
                    {"ConsumedCapacity":[{"TableName":"leases","CapacityUnits":6},\
                    {"TableName":"others","CapacityUnits":2}]}
                    """
            )
            let read = try await test.call(
                TransactGetItems.self,
                .init(transactItems: [
                    .init(get: .init(tableName: "others", key: ["k": .string("new")])),
                    .init(get: .init(tableName: "leases", key: ["k": .string("b")], projectionExpression: "n")),
                    .init(get: .init(tableName: "leases", key: ["k": .string("gone")])),
                ])
            )
            #expect(read.responses.map(\.item) == [["k": .string("new")], ["n": .number("7")], nil])
        }
    }

    @Test func noneOfATransactionIsDoneWhenAStepFails() async throws {
        try await withLeases { test in
            let error = await test.refusal("TransactWriteItems", Self.steps(condition: "n > :one"))
            #expect(error?.code == .transactionCanceled)
            var body = ByteBuffer()
            try ErrorBody.write(#require(error), service: .dynamoDB, to: &body, format: .json)
            #expect(
                String(buffer: body) == """
                    {"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":\
                    "Transaction cancelled, please refer cancellation reasons for specific reasons \
                    [ConditionalCheckFailed, None, None, None]","CancellationReasons":[\
                    {"Code":"ConditionalCheckFailed","Message":"The conditional request failed",\
                    "Item":{"k":{"S":"a"},"n":{"N":"1"}}},{"Code":"None"},{"Code":"None"},{"Code":"None"}]}
                    """
            )
            #expect(try await test.item("b")?["n"] == .number("2"))
            let other = try await test.call(GetItem.self, .init(tableName: "others", key: ["k": .string("new")]))
            #expect(other.item == nil)
        }
    }

    @Test(arguments: [
        (
            #"{"Put":{"TableName":"leases","Item":{"k":{"N":"5"}}}}"#,
            "One or more parameter values were invalid: Type mismatch for key k expected: S actual: N"
        ),
        (
            #"{"Delete":{"TableName":"leases","Key":{"k":{"N":"5"}}}}"#,
            "The provided key element does not match the schema"
        ),
        (
            #"{"Update":{"TableName":"leases","Key":{"k":{"S":"a"}},"UpdateExpression":"SET x = gone"}}"#,
            "The provided expression refers to an attribute that does not exist in the item"
        ),
    ])
    func whatAStepCannotDoCancels(step: String, message: String) async throws {
        try await withLeases { test in
            let error = await test.refusal(
                "TransactWriteItems",
                #"{"TransactItems":[{"Delete":{"TableName":"leases","Key":{"k":{"S":"b"}}}},\#(step)]}"#
            )
            #expect(error?.code == .transactionCanceled)
            let reasons = (error?.cause as? TransactionFailure)?.reasons
            #expect(reasons == [.init(code: "None"), .init(code: "ValidationError", message: message)])
            let item = try await test.item("b")
            #expect(item != nil)
        }
    }

    private static func deletes(_ count: Int) -> String {
        (0..<count).map { #"{"Delete":{"TableName":"leases","Key":{"k":{"S":"\#($0)"}}}}"# }.joined(separator: ",")
    }

    private static let refused: [(body: String, code: ServiceError.Code, message: String)] = [
        (
            #"{"TransactItems":[]}"#, .validation,
            """
            1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: \
            Member must have length greater than or equal to 1
            """
        ),
        (
            #"{"TransactItems":[\#(deletes(101))]}"#, .validation,
            """
            1 validation error detected: Value '[101 members]' at 'transactItems' failed to satisfy constraint: \
            Member must have length less than or equal to 100
            """
        ),
        (
            #"{"TransactItems":[{}]}"#, .validation,
            "TransactItems can only contain one of Check, Put, Update or Delete"
        ),
        (
            """
            {"TransactItems":[{"Put":{"TableName":"leases","Item":{"k":{"S":"x"}}},
            "Delete":{"TableName":"leases","Key":{"k":{"S":"x"}}}}]}
            """, .validation,
            "TransactItems can only contain one of Check, Put, Update or Delete"
        ),
        (
            #"{"TransactItems":[\#(deletes(1)),\#(deletes(1))]}"#, .validation,
            "Transaction request cannot include multiple operations on one item"
        ),
        (
            #"{"TransactItems":[{"Put":{"TableName":"leases","Item":{"k":{"S":""}}}}]}"#, .validation,
            """
            One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty \
            string value. Key: k
            """
        ),
        (
            """
            {"TransactItems":[{"Put":{"TableName":"absent","Item":{"k":{"S":"x"}}}},{"ConditionCheck":
            {"TableName":"leases","Key":{"k":{"S":"x"}},"ConditionExpression":"attribute_not_exists("}}]}
            """, .validation, "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"(\""
        ),
        (
            #"{"TransactItems":[{"Put":{"TableName":"absent","Item":{"k":{"S":"x"}}}}]}"#, .resourceNotFound,
            "Requested resource not found"
        ),
        (
            #"{"TransactItems":[{"ConditionCheck":{"TableName":"leases","Key":{"k":{"S":"x"}}}}]}"#, .validation,
            """
            1 validation error detected: Value null at 'transactItems.1.member.conditionCheck.conditionExpression' failed \
            to satisfy constraint: Member must not be null
            """
        ),
        (
            #"{"TransactItems":[\#(deletes(1))],"ClientRequestToken":"\#(String(repeating: "x", count: 37))"}"#,
            .validation,
            """
            1 validation error detected: Value '\(String(repeating: "x", count: 37))' at 'clientRequestToken' failed to \
            satisfy constraint: Member must have length less than or equal to 36
            """
        ),
    ]

    @Test(arguments: refused)
    func badTransactionsAreRefused(body: String, code: ServiceError.Code, message: String) async throws {
        try await withLeases { test in
            let error = await test.refusal("TransactWriteItems", body)
            #expect(error?.code == code)
            #expect(error?.message == message)
        }
    }

    @Test func aTransactionWithATokenIsDoneOnce() async throws {
        try await withLeases { test in
            func add(_ number: Int, token: String) -> String {
                """
                {"ClientRequestToken":"\(token)","TransactItems":[{"Update":{"TableName":"leases","Key":{"k":{"S":"a"}},
                "UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"N":"\(number)"}}}}]}
                """
            }
            for _ in 0..<3 { _ = try await test.answer("TransactWriteItems", add(1, token: "once")) }
            #expect(try await test.item("a")?["n"] == .number("2"))
            let other = await test.refusal("TransactWriteItems", add(2, token: "once"))
            #expect(other?.code == .idempotentParameterMismatch)
            // One that failed may be tried again.
            let failing = """
                {"ClientRequestToken":"again","TransactItems":[{"Delete":{"TableName":"others","Key":{"k":{"S":"x"}},
                "ConditionExpression":"attribute_exists(k)"}}]}
                """
            #expect(await test.refusal("TransactWriteItems", failing)?.code == .transactionCanceled)
            _ = try await test.call(PutItem.self, .init(tableName: "others", item: ["k": .string("x")]))
            _ = try await test.answer("TransactWriteItems", failing)
            // After ten minutes a token is new.
            test.time.advance(milliseconds: Int64(Limits.transactionTokenLifetimeInSeconds) * 1000 - 1)
            _ = try await test.answer("TransactWriteItems", add(1, token: "once"))
            #expect(try await test.item("a")?["n"] == .number("2"))
            test.time.advance(milliseconds: 1)
            _ = try await test.answer("TransactWriteItems", add(1, token: "once"))
            #expect(try await test.item("a")?["n"] == .number("3"))
        }
    }

    @Test func tokensAreBounded() {
        var machine = TransactionTokensStateMachine()
        for number in 0..<Limits.maximumTransactionTokenCount + 50 {
            #expect(machine.begin("\(number)", [], at: 0) == .perform)
            machine.end("\(number)", isDone: true)
        }
        #expect(machine.count == Limits.maximumTransactionTokenCount)
        #expect(machine.begin("0", [], at: 0) == .perform, "the oldest are forgotten")
        #expect(machine.begin("\(Limits.maximumTransactionTokenCount + 49)", [], at: 0) == .answer)
    }

    @Test func oneOfTwoTransactionsAtOnceWaits() {
        var machine = TransactionTokensStateMachine()
        #expect(machine.begin("t", [], at: 0) == .perform)
        #expect(machine.begin("t", [], at: 1) == .inProgress)
        #expect(machine.begin("t", [TransactWriteItem()], at: 1) == .mismatch)
        machine.end("t", isDone: false)
        #expect(machine.begin("t", [], at: 2) == .perform)
        machine.end("t", isDone: true)
        #expect(machine.begin("t", [], at: 3) == .answer)
    }
}
