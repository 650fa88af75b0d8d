import Testing
import WeirModel
import WeirWire

@testable import WeirStore

@Suite struct TableStoreTests {
    static func description(_ name: String, type: String = "S") -> TableDescription {
        TableDescription(
            name: name,
            id: "id of \(name)",
            keySchema: KeySchema(hash: KeyAttribute("leaseKey", type)),
            createdAt: Timestamp(millisecondsSinceEpoch: 1_720_000_000_123),
            billingMode: "PAY_PER_REQUEST"
        )
    }

    static func key(_ key: AttributeValue) -> Item { ["leaseKey": key] }

    static func item(_ key: AttributeValue, counter: Int = 0) -> Item {
        ["leaseKey": key, "leaseCounter": .number("\(counter)")]
    }

    @Test func tablesAreMadeFoundAndDeleted() async throws {
        try await withTemporaryPath { path in
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let tables = folder.tables
                for name in ["b", "a", "c", "B"] { try await tables.createTable(Self.description(name)) }
                try await tables.update(table: "c", key: Self.key(.string("x"))) { _ in Self.item(.string("x")) }
                try await tables.deleteTable(name: "c")
                #expect(try await tables.tableNames(after: nil, limit: 10) == ["B", "a", "b"])
                #expect(try await tables.tableNames(after: "B", limit: 1) == ["a"])
                #expect(try await tables.tableNames(after: "b", limit: 1) == [])
                try await tables.createTable(Self.description("c"))
                #expect(try await tables.size(table: "c").table.itemCount == 0)
            }
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let table = try await folder.tables.table(name: "a")
                #expect(table == Self.description("a"))
                #expect(try await folder.tables.tableNames(after: nil, limit: 10) == ["B", "a", "b", "c"])
            }
        }
    }

    @Test func tableErrorsAreThoseOfTheService() async throws {
        try await withNewFolder { folder in
            let tables = folder.tables
            try await tables.createTable(Self.description("leases"))
            let exists = await serviceError { () async throws(ServiceError) in
                try await tables.createTable(Self.description("leases"))
            }
            #expect(exists?.code == .resourceInUse)
            #expect(exists?.message == "Table already exists: leases")
            let missing = [
                await serviceError { () async throws(ServiceError) in try await tables.deleteTable(name: "x") },
                await serviceError { () async throws(ServiceError) in _ = try await tables.table(name: "x") },
                await serviceError { () async throws(ServiceError) in
                    _ = try await tables.size(table: "x").table.itemCount
                },
                await serviceError { () async throws(ServiceError) in
                    _ = try await tables.item(table: "x", key: Self.key(.string("k")))
                },
                await serviceError { () async throws(ServiceError) in
                    try await tables.update(table: "x", key: Self.key(.string("k"))) { _ in nil }
                },
                await serviceError { () async throws(ServiceError) in
                    _ = try await tables.scan(ItemScan(table: "x"))
                },
            ]
            #expect(missing.allSatisfy { $0?.code == .resourceNotFound })
        }
    }

    @Test func itemsAreReplacedDeletedAndKept() async throws {
        try await withTemporaryPath { path in
            let key = AttributeValue.string("shardId-000000000000")
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let tables = folder.tables
                try await tables.createTable(Self.description("leases"))
                #expect(try await tables.item(table: "leases", key: Self.key(key)) == nil)

                let made = try await tables.update(table: "leases", key: Self.key(key)) { old in
                    old == nil ? Self.item(key, counter: 1) : nil
                }
                #expect(made.old == nil && made.new == Self.item(key, counter: 1))
                let changed = try await tables.update(table: "leases", key: Self.key(key)) { _ in
                    Self.item(key, counter: 2)
                }
                #expect(changed.old == Self.item(key, counter: 1) && changed.new == Self.item(key, counter: 2))
                try await tables.update(table: "leases", key: Self.key(.string("gone"))) { _ in
                    Self.item(.string("gone"))
                }
                let gone = try await tables.update(table: "leases", key: Self.key(.string("gone"))) { _ in nil }
                #expect(gone.old == Self.item(.string("gone")) && gone.new == nil)
                try await tables.update(table: "leases", key: Self.key(.string("never"))) { _ in nil }
            }
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let item = try await folder.tables.item(table: "leases", key: Self.key(key))
                #expect(item == Self.item(key, counter: 2))
                #expect(try await folder.tables.size(table: "leases").table.itemCount == 1)
            }
        }
    }

    @Test func aChangeThatThrowsWritesNothing() async throws {
        try await withNewFolder { folder in
            let tables = folder.tables
            try await tables.createTable(Self.description("leases"))
            let key = AttributeValue.string("k")
            try await tables.update(table: "leases", key: Self.key(key)) { _ in Self.item(key, counter: 1) }
            let error = await serviceError { () async throws(ServiceError) in
                try await tables.update(table: "leases", key: Self.key(key)) { _ throws(ServiceError) in
                    throw ServiceError(.conditionalCheckFailed, "The conditional request failed")
                }
            }
            #expect(error?.code == .conditionalCheckFailed)
            #expect(try await tables.item(table: "leases", key: Self.key(key)) == Self.item(key, counter: 1))
        }
    }

    @Test func theKeyCannotBeChangedOrLeftOut() async throws {
        try await withNewFolder { folder in
            let tables = folder.tables
            try await tables.createTable(Self.description("leases"))
            let changed = await serviceError { () async throws(ServiceError) in
                try await tables.update(table: "leases", key: Self.key(.string("k"))) { _ in Self.item(.string("other"))
                }
            }
            #expect(changed?.code == .validation)
            #expect(
                changed?.message
                    == "One or more parameter values were invalid: Cannot update attribute leaseKey. This attribute is part of the key"
            )
            let missing = await serviceError { () async throws(ServiceError) in
                try await tables.update(table: "leases", key: Self.key(.string("k"))) { _ in [:] }
            }
            #expect(
                missing?.message == "One or more parameter values were invalid: Missing the key leaseKey in the item"
            )
            let wrong = await serviceError { () async throws(ServiceError) in
                _ = try await tables.item(table: "leases", key: Self.key(.number("1")))
            }
            #expect(wrong?.message == "The provided key element does not match the schema")
            #expect(try await tables.size(table: "leases").table.itemCount == 0)
        }
    }

    @Test func changesOfOneItemFollowEachOther() async throws {
        try await withNewFolder { folder in
            let tables = folder.tables
            try await tables.createTable(Self.description("leases"))
            let key = AttributeValue.string("k")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await tables.update(table: "leases", key: Self.key(key)) { old in
                            guard case .number(let count) = old?["leaseCounter"] else {
                                return Self.item(key, counter: 1)
                            }
                            return Self.item(key, counter: (Int(count) ?? 0) + 1)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await tables.item(table: "leases", key: Self.key(key)) == Self.item(key, counter: 40))
        }
    }

    @Test func aCancelledCallerStillGetsItsChange() async throws {
        try await withNewFolder { folder in
            let tables = folder.tables
            try await tables.createTable(Self.description("leases"))
            let key = AttributeValue.string("k")
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await tables.update(table: "leases", key: Self.key(key)) { _ in Self.item(key) }.new
            }
            task.cancel()
            #expect(try await task.value == Self.item(key))
            #expect(try await tables.item(table: "leases", key: Self.key(key)) == Self.item(key))
        }
    }

    @Test(arguments: [
        (
            "S", [AttributeValue.string("A"), .string("a"), .string("aa"), .string("b"), .string("é"), .string("😀")]
        ),
        (
            "N",
            [.number("-12"), .number("-2"), .number("0"), .number("1.5"), .number("2"), .number("10"), .number("1e3")]
        ),
        ("B", [.binary([0]), .binary([0, 0]), .binary([1]), .binary([127, 5]), .binary([255])]),
    ])
    func aScanGoesInTheOrderOfTheKeys(type: String, keys: [AttributeValue]) async throws {
        try await withNewFolder { folder in
            let tables = folder.tables
            try await tables.createTable(Self.description("leases", type: type))
            for key in keys.shuffled() {
                try await tables.update(table: "leases", key: Self.key(key)) { _ in Self.item(key) }
            }
            for limit in 1...keys.count + 1 {
                var seen: [AttributeValue] = []
                var scan = ItemScan(table: "leases")
                scan.limit = limit
                repeat {
                    let page = try await tables.scan(scan)
                    #expect(page.items.count <= limit)
                    seen += page.items.compactMap { $0["leaseKey"] }
                    scan.after = page.lastKey
                } while scan.after != nil
                #expect(seen == keys)
            }
        }
    }

    @Test func aScanKeepsItsBudgetOfBytes() async throws {
        try await withNewFolder { folder in
            let tables = folder.tables
            try await tables.createTable(Self.description("leases"))
            for number in 0..<10 {
                let key = AttributeValue.string("k\(number)")
                try await tables.update(table: "leases", key: Self.key(key)) { _ in
                    ["leaseKey": key, "owner": .string(String(repeating: "x", count: 1_000))]
                }
            }
            var scan = ItemScan(table: "leases")
            scan.maximumBytes = 3_500
            let page = try await tables.scan(scan)
            #expect(page.items.count == 3)
            #expect(page.lastKey == Self.key(.string("k2")))
            scan.after = page.lastKey
            scan.maximumBytes = 1
            let tiny = try await tables.scan(scan)
            #expect(tiny.items.count == 1 && tiny.lastKey == Self.key(.string("k3")))
            scan.after = tiny.lastKey
            scan.maximumBytes = 1 << 20
            let rest = try await tables.scan(scan)
            #expect(rest.items.count == 6 && rest.lastKey == nil)
        }
    }
}
