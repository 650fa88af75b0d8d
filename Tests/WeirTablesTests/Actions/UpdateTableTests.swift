import Testing
import WeirModel
import WeirWire

@Suite struct UpdateTableTests {
    private func withLeases(_ body: (TestTables) async throws -> Void) async throws {
        try await withTables { test in
            try await test.createTable()
            try await body(test)
        }
    }

    private static func creation(_ name: String, hash: String = "owner", projection: String = "ALL") -> String {
        """
        {"TableName":"leases","AttributeDefinitions":[{"AttributeName":"\(hash)","AttributeType":"S"}],
        "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"\(name)","KeySchema":[
        {"AttributeName":"\(hash)","KeyType":"HASH"},{"AttributeName":"k","KeyType":"RANGE"}],
        "Projection":{"ProjectionType":"\(projection)"}}}]}
        """
    }

    private func owned(_ test: TestTables, by owner: String) async throws -> [Item] {
        let page = try await test.call(
            Query.self,
            .init(
                tableName: "leases",
                indexName: "byOwner",
                expressionAttributeNames: ["#o": "owner"],
                expressionAttributeValues: [":o": .string(owner)],
                keyConditionExpression: "#o = :o"
            )
        )
        return page.items ?? []
    }

    @Test func anIndexIsMadeFromTheItemsThereAreAndDropped() async throws {
        try await withLeases { test in
            for (key, owner) in [("a", "w1"), ("b", "w2"), ("c", "w1")] {
                let item: Item = ["k": .string(key), "owner": .string(owner), "n": .number("1")]
                _ = try await test.call(PutItem.self, .init(tableName: "leases", item: item))
            }
            // Items whose attribute is no key are left out.
            _ = try await test.call(
                PutItem.self,
                .init(tableName: "leases", item: ["k": .string("d"), "owner": .null])
            )
            let made = try await test.value("UpdateTable", Self.creation("byOwner", projection: "KEYS_ONLY"))
            #expect(
                made.has(
                    .map([
                        "TableDescription": .map([
                            "TableStatus": .string("ACTIVE"),
                            "GlobalSecondaryIndexes": .array([
                                .map([
                                    "IndexName": .string("byOwner"), "IndexStatus": .string("ACTIVE"),
                                    "ItemCount": .integer(3),
                                    "Projection": .map(["ProjectionType": .string("KEYS_ONLY")]),
                                    "IndexArn": .string(
                                        "arn:aws:dynamodb:us-east-1:000000000000:table/leases/index/byOwner"
                                    ),
                                ])
                            ]),
                        ])
                    ])
                )
            )
            #expect(
                try await owned(test, by: "w1") == [
                    ["k": .string("a"), "owner": .string("w1")], ["k": .string("c"), "owner": .string("w1")],
                ]
            )

            _ = try await test.answer(
                "UpdateTable",
                #"{"TableName":"leases","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"byOwner"}}]}"#
            )
            let table = try await test.call(DescribeTable.self, .init(tableName: "leases")).table
            #expect(table.globalSecondaryIndexes == nil)
            #expect(table.attributeDefinitions == [AttributeDefinition(attributeName: "k", attributeType: "S")])
            #expect(table.itemCount == 4)
        }
    }

    @Test func anItemWhoseAttributeCannotBeAKeyIsRefused() async throws {
        try await withLeases { test in
            _ = try await test.answer("UpdateTable", Self.creation("byOwner"))
            let mismatch = """
                One or more parameter values were invalid: Type mismatch for Index Key owner Expected: S Actual: NULL \
                IndexName: byOwner
                """
            let put = await test.refusal(
                "PutItem",
                #"{"TableName":"leases","Item":{"k":{"S":"a"},"owner":{"NULL":true}}}"#
            )
            #expect(put?.message == mismatch)
            let update = await test.refusal(
                "UpdateItem",
                """
                {"TableName":"leases","Key":{"k":{"S":"a"}},"UpdateExpression":"SET #o = :v",
                "ExpressionAttributeNames":{"#o":"owner"},"ExpressionAttributeValues":{":v":{"NULL":true}}}
                """
            )
            #expect(update?.message == mismatch)
            let empty = await test.refusal(
                "PutItem",
                #"{"TableName":"leases","Item":{"k":{"S":"a"},"owner":{"S":""}}}"#
            )
            #expect(
                empty?.message == """
                    One or more parameter values are not valid. A value specified for a secondary index key is not \
                    supported. The AttributeValue for a key attribute cannot contain an empty string value. \
                    IndexName: byOwner, IndexKey: owner
                    """
            )
        }
    }

    @Test func billingAndProtectionAreChanged() async throws {
        try await withLeases { test in
            let provisioned = try await test.call(
                UpdateTable.self,
                .init(
                    tableName: "leases",
                    billingMode: "PROVISIONED",
                    provisionedThroughput: .init(readCapacityUnits: 3, writeCapacityUnits: 2),
                    deletionProtectionEnabled: true
                )
            ).tableDescription
            #expect(provisioned.billingModeSummary == nil)
            #expect(provisioned.provisionedThroughput?.readCapacityUnits == 3)
            #expect(provisioned.deletionProtectionEnabled == true)
            let same = await test.refusal(
                "UpdateTable",
                #"{"TableName":"leases","ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":2}}"#
            )
            #expect(same?.message.hasPrefix("The provisioned throughput for the table will not change.") == true)

            let deletion = await test.refusal("DeleteTable", #"{"TableName":"leases"}"#)
            #expect(deletion?.code == .validation)
            #expect(deletion?.message.contains("protected against deletion") == true)
            _ = try await test.answer(
                "UpdateTable",
                #"{"TableName":"leases","DeletionProtectionEnabled":false,"BillingMode":"PAY_PER_REQUEST"}"#
            )
            let table = try await test.call(DescribeTable.self, .init(tableName: "leases")).table
            #expect(table.billingModeSummary?.billingMode == "PAY_PER_REQUEST")
            #expect(table.provisionedThroughput?.readCapacityUnits == 0)
            _ = try await test.answer("DeleteTable", #"{"TableName":"leases"}"#)
        }
    }

    private static let invalid = "One or more parameter values were invalid: "

    private static let refused: [(body: String, code: ServiceError.Code, message: String)] = [
        (
            #"{"TableName":"leases"}"#, .validation,
            """
            At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or \
            SSESpecification or ReplicaUpdates is required
            """
        ),
        (
            #"{"TableName":"leases","GlobalSecondaryIndexUpdates":[{}]}"#, .validation,
            invalid
                + """
                One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, \
                GlobalSecondaryIndexUpdate.Delete must not be null
                """
        ),
        (
            """
            {"TableName":"leases","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"abc"}},
            {"Delete":{"IndexName":"abc"}}]}
            """, .validation,
            invalid + "Only one global secondary index update per index is allowed simultaneously. Index: abc"
        ),
        (
            """
            {"TableName":"leases","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"abc"}},
            {"Delete":{"IndexName":"abd"}}]}
            """, .limitExceeded,
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        ),
        (
            #"{"TableName":"leases","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"abc"}}]}"#,
            .resourceNotFound, "Requested resource not found"
        ),
        (
            #"{"TableName":"absent","DeletionProtectionEnabled":true}"#, .resourceNotFound,
            "Requested resource not found: Table: absent not found"
        ),
        (creation("byOwner"), .validation, "Attempting to create an index which already exists"),
        (
            """
            {"TableName":"leases","GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"other","KeySchema":[
            {"AttributeName":"unknown","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}
            """, .validation,
            invalid
                + """
                Some index key attributes are not defined in AttributeDefinitions. Keys: [unknown], \
                AttributeDefinitions: [k, owner]
                """
        ),
        (
            """
            {"TableName":"leases","GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"a","KeySchema":[],
            "Projection":{"ProjectionType":"SOME"}}}]}
            """, .validation,
            """
            3 validation errors detected: Value 'a' at 'globalSecondaryIndexUpdates.1.member.create.indexName' failed to \
            satisfy constraint: Member must have length greater than or equal to 3; Value '[]' at \
            'globalSecondaryIndexUpdates.1.member.create.keySchema' failed to satisfy constraint: Member must have length \
            greater than or equal to 1; Value 'SOME' at \
            'globalSecondaryIndexUpdates.1.member.create.projection.projectionType' failed to satisfy constraint: Member \
            must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]
            """
        ),
    ]

    @Test(arguments: refused)
    func badChangesAreRefused(body: String, code: ServiceError.Code, message: String) async throws {
        try await withLeases { test in
            _ = try await test.answer("UpdateTable", Self.creation("byOwner"))
            let error = await test.refusal("UpdateTable", body)
            #expect(error?.code == code)
            #expect(error?.message == message)
        }
    }

    @Test func aTableHasAtMostTwentyIndexes() async throws {
        try await withLeases { test in
            for number in 1...Limits.maximumIndexCount {
                _ = try await test.answer("UpdateTable", Self.creation("index\(number)"))
            }
            let error = await test.refusal("UpdateTable", Self.creation("oneMore"))
            #expect(error?.message == Self.invalid + "GlobalSecondaryIndex count exceeds the per-table limit of 20")
        }
    }
}
