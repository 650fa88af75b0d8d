import Testing
import WeirModel
import WeirWire

@Suite struct TableActionTests {
    @Test func aTableIsMadeDescribedListedAndDeleted() async throws {
        try await withTables { test in
            let before = await test.refusal("DescribeTable", #"{"TableName":"leases"}"#)
            #expect(before?.code == .resourceNotFound)
            #expect(before?.message == "Requested resource not found: Table: leases not found")
            try await test.createTable()
            let table = try await test.call(DescribeTable.self, .init(tableName: "leases")).table
            #expect(table.tableStatus == "ACTIVE")
            #expect(table.tableARN == "arn:aws:dynamodb:us-east-1:000000000000:table/leases")
            #expect(table.keySchema == [KeySchemaElement(attributeName: "k", keyType: "HASH")])
            #expect(table.attributeDefinitions == [AttributeDefinition(attributeName: "k", attributeType: "S")])
            #expect(table.billingModeSummary?.billingMode == "PAY_PER_REQUEST")
            #expect(table.itemCount == 0)

            _ = try await test.call(PutItem.self, .init(tableName: "leases", item: ["k": .string("a")]))
            #expect(try await test.call(DescribeTable.self, .init(tableName: table.tableARN)).table.itemCount == 1)

            let again = await #expect(throws: ServiceError.self) { try await test.createTable() }
            #expect(again?.code == .resourceInUse)
            #expect(again?.message == "Table already exists: leases")

            let deleted = try await test.call(DeleteTable.self, .init(tableName: "leases")).tableDescription
            #expect(deleted.tableStatus == "DELETING")
            for action in ["DescribeTable", "DeleteTable"] {
                let error = await test.refusal(action, #"{"TableName":"leases"}"#)
                #expect(error?.message == "Requested resource not found: Table: leases not found")
            }
        }
    }

    @Test func tablesAreListedPageByPage() async throws {
        try await withTables { test in
            for name in ["ccc", "aaa", "bbb"] { try await test.createTable(name) }
            let all = try await test.call(ListTables.self, .init())
            #expect(all.tableNames == ["aaa", "bbb", "ccc"])
            #expect(all.lastEvaluatedTableName == nil)
            let first = try await test.call(ListTables.self, .init(limit: 2))
            #expect(first.tableNames == ["aaa", "bbb"])
            #expect(first.lastEvaluatedTableName == "bbb")
            let rest = try await test.call(ListTables.self, .init(exclusiveStartTableName: "bbb"))
            #expect(rest.tableNames == ["ccc"])
        }
    }

    @Test func aProvisionedTableRepeatsItsThroughput() async throws {
        try await withTables { test in
            let throughput = ProvisionedThroughput(readCapacityUnits: 10, writeCapacityUnits: 5)
            let made = try await test.call(
                CreateTable.self,
                .init(
                    tableName: "leases",
                    attributeDefinitions: [.init(attributeName: "k", attributeType: "S")],
                    keySchema: [.init(attributeName: "k", keyType: "HASH")],
                    provisionedThroughput: throughput
                )
            ).tableDescription
            #expect(made.provisionedThroughput?.readCapacityUnits == 10)
            #expect(made.provisionedThroughput?.writeCapacityUnits == 5)
            #expect(made.billingModeSummary == nil)
        }
    }

    private static let definitions = #""AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}]"#
    private static let schema = #""KeySchema":[{"AttributeName":"k","KeyType":"HASH"}]"#
    private static let onDemand = #""BillingMode":"PAY_PER_REQUEST""#
    private static let invalid = "One or more parameter values were invalid: "

    private static let badTables: [(body: String, message: String)] = [
        ("{}", "The parameter 'TableName' is required but was not present in the request"),
        (
            #"{"TableName":"ab"}"#,
            "TableName must be at least 3 characters long and at most 255 characters long"
        ),
        (
            #"{"TableName":"\#(String(repeating: "a", count: 256))"}"#,
            "TableName must be at least 3 characters long and at most 255 characters long"
        ),
        (
            #"{"TableName":"a;b",\#(definitions),\#(schema),\#(onDemand)}"#,
            """
            1 validation error detected: Value 'a;b' at 'tableName' failed to satisfy constraint: \
            Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+
            """
        ),
        (
            #"{"TableName":"abc"}"#,
            """
            2 validation errors detected: Value null at 'attributeDefinitions' failed to satisfy constraint: \
            Member must not be null; Value null at 'keySchema' failed to satisfy constraint: Member must not be null
            """
        ),
        (
            #"{"TableName":"abc",\#(definitions),\#(schema)}"#,
            invalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        ),
        (
            #"{"TableName":"abc",\#(definitions),\#(onDemand),"KeySchema":[{"AttributeName":"k","KeyType":"RANGE"}]}"#,
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
        ),
        (
            #"{"TableName":"abc",\#(definitions),\#(onDemand),"KeySchema":[{"AttributeName":"x","KeyType":"HASH"}]}"#,
            invalid
                + "Some index key attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: [k]"
        ),
    ]

    @Test(arguments: badTables)
    func badTablesAreRefused(body: String, message: String) async throws {
        try await withTables { test in
            let error = await test.refusal("CreateTable", body)
            #expect(error?.code == .validation)
            #expect(error?.message == message)
        }
    }

    @Test(arguments: ["ExecuteStatement", "CreateBackup", ""])
    func otherActionsAreUnknown(action: String) async throws {
        try await withTables { test in
            #expect(await test.refusal(action, "{}")?.code == .unknownOperation)
        }
    }
}
