import Testing
import WeirModel
import WeirWire

@Suite struct ItemActionTests {
    private func withLeases(_ body: (TestTables) async throws -> Void) async throws {
        try await withTables { test in
            try await test.createTable()
            try await body(test)
        }
    }

    private func key(_ name: String) -> Item { ["k": .string(name)] }

    @Test func anItemIsPutReadAndDeleted() async throws {
        try await withLeases { test in
            let item: Item = [
                "k": .string("a"), "n": .number("1"), "ss": .stringSet(["x"]), "b": .binary([1, 2]),
                "l": .list([.bool(true), .null]), "m": .map(["x": .number("2")]),
            ]
            let put = try await test.call(PutItem.self, .init(tableName: "leases", item: item))
            #expect(put.attributes == nil)
            #expect(try await test.item("a") == item)
            #expect(try await test.item("b") == nil)
            let some = try await test.call(
                GetItem.self,
                .init(tableName: "leases", key: key("a"), attributesToGet: ["n", "absent"])
            )
            #expect(some.item == ["n": .number("1")])

            let replaced = try await test.call(
                PutItem.self,
                .init(tableName: "leases", item: key("a"), returnValues: "ALL_OLD")
            )
            #expect(replaced.attributes == item)
            #expect(try await test.item("a") == key("a"))
            let deleted = try await test.call(
                DeleteItem.self,
                .init(tableName: "leases", key: key("a"), returnValues: "ALL_OLD")
            )
            #expect(deleted.attributes == key("a"))
            #expect(try await test.item("a") == nil)
            let nothing = try await test.call(
                DeleteItem.self,
                .init(tableName: "leases", key: key("a"), returnValues: "ALL_OLD")
            )
            #expect(nothing.attributes == nil)
        }
    }

    @Test func conditionsGuardEveryWrite() async throws {
        try await withLeases { test in
            let lease: Item = ["k": .string("a"), "counter": .number("1")]
            let absent = ["k": ExpectedAttribute(exists: false)]
            _ = try await test.call(PutItem.self, .init(tableName: "leases", item: lease, expected: absent))
            let wrong = ["counter": ExpectedAttribute(value: .number("7"))]
            let refused: [() async throws -> Void] = [
                { _ = try await test.call(PutItem.self, .init(tableName: "leases", item: lease, expected: absent)) },
                {
                    _ = try await test.call(
                        UpdateItem.self,
                        .init(
                            tableName: "leases",
                            key: lease.filter { $0.key == "k" },
                            expected: wrong,
                            attributeUpdates: ["counter": .init(value: .number("8"))]
                        )
                    )
                },
                {
                    _ = try await test.call(
                        DeleteItem.self,
                        .init(tableName: "leases", key: lease.filter { $0.key == "k" }, expected: wrong)
                    )
                },
            ]
            for write in refused {
                let error = await #expect(throws: ServiceError.self) { try await write() }
                #expect(error?.code == .conditionalCheckFailed)
                #expect(error?.message == "The conditional request failed")
            }
            #expect(try await test.item("a") == lease)
        }
    }

    @Test func anUpdateChangesAttributesAndGivesThemBack() async throws {
        try await withLeases { test in
            func update(_ updates: [String: AttributeUpdate], _ values: String?) async throws -> Item? {
                try await test.call(
                    UpdateItem.self,
                    .init(tableName: "leases", key: key("a"), attributeUpdates: updates, returnValues: values)
                ).attributes
            }
            let first = try await update(["n": .init(value: .number("1"))], "ALL_OLD")
            #expect(first == nil)
            #expect(try await update(["n": .init(value: .number("1"), action: "ADD")], nil) == nil)
            #expect(
                try await update(["s": .init(value: .string("x"))], "ALL_NEW")
                    == ["k": .string("a"), "n": .number("2"), "s": .string("x")]
            )
            #expect(
                try await update(["n": .init(value: .number("3"))], "UPDATED_OLD") == ["n": .number("2")]
            )
            #expect(
                try await update(["n": .init(value: .number("4")), "s": .init(action: "DELETE")], "UPDATED_NEW")
                    == ["n": .number("4")]
            )
            #expect(
                try await update(["n": .init(value: .number("5"))], "ALL_OLD")
                    == ["k": .string("a"), "n": .number("4")]
            )
            #expect(try await update([:], "NONE") == nil)
            #expect(try await test.item("a") == ["k": .string("a"), "n": .number("5")])
        }
    }

    @Test func ofManyWhoTakeALeaseOneGetsIt() async throws {
        try await withLeases { test in
            let lease: Item = ["k": .string("a"), "counter": .number("0")]
            _ = try await test.call(PutItem.self, .init(tableName: "leases", item: lease))
            let winners = await withTaskGroup(of: Bool.self) { group in
                for worker in 0..<16 {
                    group.addTask {
                        let request = UpdateItem.Request(
                            tableName: "leases",
                            key: ["k": .string("a")],
                            expected: ["counter": .init(value: .number("0"))],
                            attributeUpdates: [
                                "counter": .init(value: .number("1")), "owner": .init(value: .string("\(worker)")),
                            ]
                        )
                        return (try? await test.call(UpdateItem.self, request)) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(winners == 1)
            #expect(try await test.item("a")?["counter"] == .number("1"))
        }
    }

    @Test func countsAddUpWhenManyAdd() async throws {
        try await withLeases { test in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        _ = try? await test.call(
                            UpdateItem.self,
                            .init(
                                tableName: "leases",
                                key: ["k": .string("a")],
                                attributeUpdates: ["n": .init(value: .number("1"), action: "ADD")]
                            )
                        )
                    }
                }
            }
            let item = try await test.item("a")
            #expect(item?["n"] == .number("50"))
        }
    }

    @Test func anItemHasAtMost400KiB() async throws {
        try await withLeases { test in
            let room = Limits.maximumItemSizeInBytes - "k".utf8.count - "a".utf8.count - "v".utf8.count
            let largest = AttributeValue.string(String(repeating: "x", count: room))
            let larger = AttributeValue.string(String(repeating: "x", count: room + 1))
            _ = try await test.call(PutItem.self, .init(tableName: "leases", item: ["k": .string("a"), "v": largest]))
            let put = await #expect(throws: ServiceError.self) {
                try await test.call(PutItem.self, .init(tableName: "leases", item: ["k": .string("a"), "v": larger]))
            }
            #expect(put?.message == "Item size has exceeded the maximum allowed size")
            let update = await #expect(throws: ServiceError.self) {
                try await test.call(
                    UpdateItem.self,
                    .init(tableName: "leases", key: key("a"), attributeUpdates: ["v": .init(value: larger)])
                )
            }
            #expect(update?.message == "Item size to update has exceeded the maximum allowed size")
            #expect(try await test.item("a")?["v"] == largest)
        }
    }

    @Test func aKeyHasAtMost2048Bytes() async throws {
        try await withLeases { test in
            let longest = String(repeating: "x", count: Limits.maximumHashKeySizeInBytes)
            _ = try await test.call(PutItem.self, .init(tableName: "leases", item: key(longest)))
            #expect(try await test.item(longest) != nil)
            let error = await #expect(throws: ServiceError.self) { try await test.item(longest + "x") }
            #expect(
                error?.message == """
                    One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit \
                    of2048 bytes
                    """
            )
        }
    }

    private static let mismatch = "The provided key element does not match the schema"
    private static let invalid = "One or more parameter values were invalid: "
    private static let noKey =
        "1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null"

    private static let badRequests: [(action: String, body: String, message: String)] = [
        ("GetItem", #"{"TableName":"leases"}"#, noKey), ("DeleteItem", #"{"TableName":"leases"}"#, noKey),
        ("UpdateItem", #"{"TableName":"leases"}"#, noKey),
        ("GetItem", #"{"TableName":"leases","Key":{}}"#, mismatch),
        ("GetItem", #"{"TableName":"leases","Key":{"x":{"S":"a"}}}"#, mismatch),
        ("GetItem", #"{"TableName":"leases","Key":{"k":{"N":"1"}}}"#, mismatch),
        ("UpdateItem", #"{"TableName":"leases","Key":{"k":{"S":"a"},"x":{"S":"a"}}}"#, mismatch),
        (
            "GetItem", #"{"TableName":"leases","Key":{"k":{"S":""}}}"#,
            """
            One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty \
            string value. Key: k
            """
        ),
        ("PutItem", #"{"TableName":"leases","Item":{"x":{"S":"a"}}}"#, invalid + "Missing the key k in the item"),
        (
            "PutItem", #"{"TableName":"leases","Item":{"k":{"N":"1"}}}"#,
            invalid + "Type mismatch for key k expected: S actual: N"
        ),
        (
            "PutItem", #"{"TableName":"leases","Item":{"k":{"S":"a"}},"ReturnValues":"ALL_NEW"}"#,
            "Return values set to invalid value"
        ),
        (
            "UpdateItem", #"{"TableName":"leases","Key":{"k":{"S":"a"}},"ReturnValues":"SOME"}"#,
            """
            1 validation error detected: Value 'SOME' at 'returnValues' failed to satisfy constraint: \
            Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]
            """
        ),
        (
            "UpdateItem", #"{"TableName":"leases","Key":{"k":{"S":"a"}},"AttributeUpdates":{"k":{"Value":{"S":"b"}}}}"#,
            invalid + "Cannot update attribute k. This attribute is part of the key"
        ),
        (
            "UpdateItem", #"{"TableName":"leases","Key":{"k":{"S":"a"}},"AttributeUpdates":{"n":{"Value":{"N":"x"}}}}"#,
            "The parameter cannot be converted to a numeric value: x"
        ),
        (
            "Scan", #"{"TableName":"leases","Limit":0}"#,
            """
            1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: \
            Member must have value greater than or equal to 1
            """
        ),
        (
            "Scan", #"{"TableName":"leases","ExclusiveStartKey":{"x":{"S":"a"}}}"#,
            "The provided starting key is invalid: \(mismatch)"
        ),
    ]

    @Test(arguments: badRequests)
    func badRequestsAreRefused(action: String, body: String, message: String) async throws {
        try await withLeases { test in
            let error = await test.refusal(action, body)
            #expect(error?.code == .validation)
            #expect(error?.message == message)
        }
    }

    @Test(arguments: [
        ("GetItem", #"{"TableName":"absent","Key":{"k":{"S":"a"}}}"#),
        ("PutItem", #"{"TableName":"absent","Item":{"k":{"S":"a"}}}"#),
        ("UpdateItem", #"{"TableName":"absent","Key":{"k":{"S":"a"}}}"#),
        ("DeleteItem", #"{"TableName":"absent","Key":{"k":{"S":"a"}}}"#), ("Scan", #"{"TableName":"absent"}"#),
    ])
    func aTableThatIsNotThereIsNotFound(action: String, body: String) async throws {
        try await withLeases { test in
            let error = await test.refusal(action, body)
            #expect(error?.code == .resourceNotFound)
            #expect(error?.message == "Requested resource not found")
        }
    }

    /// Swift calls both texts equal; DynamoDB does not.
    @Test func aTextIsReplacedByOneThatOnlyLooksTheSame() async throws {
        try await withTables { tables in
            try await tables.createTable()
            for text in ["\u{E9}", "e\u{301}"] {
                _ = try await tables.answer(
                    "PutItem",
                    #"{"TableName":"leases","Item":{"k":{"S":"a"},"v":{"S":"\#(text)"}}}"#
                )
                let answer = try await tables.answer("GetItem", #"{"TableName":"leases","Key":{"k":{"S":"a"}}}"#)
                #expect(Array(answer.utf8).firstRange(of: Array(text.utf8)) != nil)
            }
        }
    }
}
