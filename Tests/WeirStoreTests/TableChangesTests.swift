import Testing
import WeirModel
import WeirWire

@testable import WeirStore

@Suite struct TableChangesTests {
    private func key(_ key: String) -> Item { ["leaseKey": .string(key)] }

    private func item(_ key: String, _ counter: Int) -> Item {
        ["leaseKey": .string(key), "leaseCounter": .number("\(counter)")]
    }

    private func read(
        _ tables: EmbeddedTableStore,
        after cursor: TableCursor?,
        count: Int = 1000
    ) async throws(ServiceError) -> TableChanges {
        try await tables.changes(of: "leases", after: cursor, maximumCount: count, maximumBytes: 1 << 20)
    }

    private func begin(_ tables: EmbeddedTableStore) async throws -> TableCursor {
        guard case .scanAgain(let cursor) = try await read(tables, after: nil) else { throw UnexpectedChanges() }
        return cursor
    }

    private func changes(
        _ tables: EmbeddedTableStore,
        after cursor: TableCursor,
        count: Int = 1000
    ) async throws -> ([ChangedItem], TableCursor) {
        guard case .changes(let changes, let next) = try await read(tables, after: cursor, count: count) else {
            throw UnexpectedChanges()
        }
        return (changes, next)
    }

    private struct UnexpectedChanges: Error {}

    private func withTable(_ body: (EmbeddedTableStore, DataFolder) async throws -> Void) async throws {
        try await withNewFolder { folder in
            try await folder.tables.createTable(TableStoreTests.description("leases"))
            try await folder.tables.createTable(TableStoreTests.description("other"))
            try await body(folder.tables, folder)
        }
    }

    @Test func changesAreToldInTheOrderOfTheirCommits() async throws {
        try await withTable { tables, _ in
            try await tables.update(table: "leases", key: key("before")) { _ in item("before", 0) }
            let start = try await begin(tables)
            #expect(try await changes(tables, after: start).0.isEmpty)
            try await tables.update(table: "leases", key: key("a")) { _ in item("a", 1) }
            try await tables.update(table: "other", key: key("a")) { _ in item("a", 7) }
            try await tables.update(table: "leases", key: key("a")) { _ in item("a", 2) }
            try await tables.update(table: "leases", key: key("a")) { _ in nil }
            // There is nothing to delete, and nothing to tell.
            try await tables.update(table: "leases", key: key("none")) { _ in nil }
            let (told, next) = try await changes(tables, after: start)
            #expect(
                told == [
                    ChangedItem(key: key("a"), newImage: item("a", 1)),
                    ChangedItem(key: key("a"), newImage: item("a", 2)),
                    ChangedItem(key: key("a"), newImage: nil),
                ]
            )
            #expect(try await changes(tables, after: next).0.isEmpty)
            let (first, second) = try await changes(tables, after: start, count: 1)
            #expect(first == [told[0]])
            #expect(try await changes(tables, after: second).0 == Array(told[1...]))
        }
    }

    @Test func theChangesOfATransactionFollowEachOther() async throws {
        try await withTable { tables, _ in
            let start = try await begin(tables)
            let steps = ["c", "a", "b"].map { name in
                ItemChange(ItemReference(table: "leases", key: key(name))) { _ in item(name, 1) }
            }
            _ = try await tables.update(steps)
            #expect(try await changes(tables, after: start).0.map(\.key) == [key("c"), key("a"), key("b")])
        }
    }

    @Test func whatWasRefusedIsNotTold() async throws {
        try await withTable { tables, _ in
            let start = try await begin(tables)
            let refusal = await serviceError { () async throws(ServiceError) in
                try await tables.update(table: "leases", key: key("a")) { _ throws(ServiceError) in
                    throw ServiceError(.conditionalCheckFailed, "no")
                }
            }
            #expect(refusal?.code == .conditionalCheckFailed)
            // The key of the item is not the one it is to be kept under: the transaction is rolled back.
            let mismatch = await serviceError { () async throws(ServiceError) in
                try await tables.update(table: "leases", key: key("a")) { _ in item("b", 1) }
            }
            #expect(mismatch?.code == .validation)
            #expect(try await changes(tables, after: start).0.isEmpty)
        }
    }

    @Test func nothingIsKeptOfTablesThatNobodyWatches() async throws {
        try await withTable { tables, _ in
            #expect(!tables.feed.isWatched("leases"))
            _ = try await begin(tables)
            #expect(tables.feed.isWatched("leases"))
            #expect(!tables.feed.isWatched("other"))
        }
    }

    /// Waits in a task of its own until the reader is in its wait, and then does something.
    private func waiting(
        _ tables: EmbeddedTableStore,
        _ cursor: TableCursor,
        then body: (Task<Void, any Error>) async throws -> Void
    ) async throws {
        let reader = Task { try await tables.waitForChanges(of: "leases", after: cursor) }
        let deadline = ContinuousClock.now + .seconds(60)
        while tables.feed.watchCount == 0, ContinuousClock.now < deadline { await Task.yield() }
        #expect(tables.feed.watchCount == 1)
        try await body(reader)
        try await reader.value
        #expect(tables.feed.watchCount == 0)
    }

    @Test func aChangeEndsTheWait() async throws {
        try await withTable { tables, _ in
            let start = try await begin(tables)
            try await waiting(tables, start) { _ in
                try await tables.update(table: "other", key: key("a")) { _ in item("a", 1) }
                try await tables.update(table: "leases", key: key("a")) { _ in item("a", 2) }
            }
            #expect(try await changes(tables, after: start).0.map(\.newImage) == [item("a", 2)])
            // What is there already is not waited for.
            try await tables.waitForChanges(of: "leases", after: start)
            try await tables.waitForChanges(of: "leases", after: TableCursor("unknown"))
        }
    }

    @Test func theEndOfTheTableEndsTheWait() async throws {
        try await withTable { tables, _ in
            let start = try await begin(tables)
            try await waiting(tables, start) { _ in try await tables.deleteTable(name: "leases") }
            let error = await serviceError { () async throws(ServiceError) in _ = try await read(tables, after: start) }
            #expect(error?.code == .resourceNotFound)
            // Another table of the same name is another one.
            try await tables.createTable(TableStoreTests.description("leases"))
            guard case .scanAgain = try await read(tables, after: start) else { throw UnexpectedChanges() }
        }
    }

    @Test func closingTheFolderAndCancellationEndTheWait() async throws {
        try await withTable { tables, folder in
            let start = try await begin(tables)
            try await waiting(tables, start) { $0.cancel() }
            try await waiting(tables, start) { _ in await folder.close() }
            let error = await serviceError { () async throws(ServiceError) in _ = try await read(tables, after: start) }
            #expect(error?.code == .serviceUnavailable)
        }
    }

    @Test func aCursorFromBeforeARestartLeadsToAScan() async throws {
        try await withTemporaryPath { path in
            var cursor: TableCursor?
            for round in 0..<2 {
                try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                    if round == 0 { try await folder.tables.createTable(TableStoreTests.description("leases")) }
                    guard case .scanAgain(let next) = try await read(folder.tables, after: cursor) else {
                        throw UnexpectedChanges()
                    }
                    #expect(next != cursor)
                    cursor = next
                }
            }
        }
    }

    @Test func aTableThatThereIsNotIsNotWatched() async throws {
        try await withNewFolder { folder in
            let error = await serviceError { () async throws(ServiceError) in
                _ = try await read(folder.tables, after: nil)
            }
            #expect(error?.code == .resourceNotFound)
            #expect(!folder.tables.feed.isWatched("leases"))
        }
    }

    /// Writers that do not wait for readers, and readers that begin at any moment: a scan and the changes behind its cursor
    /// always make the whole table.
    @Test func aScanAndTheChangesBehindItLeaveNothingOut() async throws {
        try await withTable { tables, _ in
            let writes = 200
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 1...writes {
                        let name = "k\(number % 10)"
                        try await tables.update(table: "leases", key: key(name)) { _ in item(name, number) }
                    }
                }
                for _ in 0..<6 {
                    group.addTask {
                        var cursor = try await begin(tables)
                        var seen: [Item: Item] = [:]
                        for found in try await tables.scan(ItemScan(table: "leases")).items {
                            seen[["leaseKey": found["leaseKey"] ?? .null]] = found
                        }
                        while !seen.values.contains(item("k\(writes % 10)", writes)) {
                            try await tables.waitForChanges(of: "leases", after: cursor)
                            let (told, next) = try await changes(tables, after: cursor)
                            #expect(!told.isEmpty)
                            for change in told { seen[change.key] = change.newImage }
                            cursor = next
                        }
                        let all = try await tables.scan(ItemScan(table: "leases")).items
                        #expect(Set(seen.values) == Set(all))
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
