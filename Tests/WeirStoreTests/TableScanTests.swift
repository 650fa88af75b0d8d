import GRDB
import Testing
import WeirModel
import WeirWire

@testable import WeirStore

/// How scans find their rows: by seeking to the bounds, so that a page costs as much as it gives, wherever it begins.
@Suite struct TableScanTests {
    private func description() -> TableDescription {
        var table = TableStoreTests.description("leases")
        table.indexes = [
            TableIndex(name: "byOwner", keySchema: KeySchema(hash: KeyAttribute("owner", "S")), projection: .all)
        ]
        return table
    }

    private func item(_ number: Int) -> Item {
        ["leaseKey": .string("key \(1000 + number)"), "owner": .string("w\(number % 2)")]
    }

    private func withItems(_ count: Int, _ body: (EmbeddedTableStore) async throws -> Void) async throws {
        try await withNewFolder { folder in
            try await folder.tables.createTable(description())
            let changes = (0..<count).map { number in
                ItemChange(ItemReference(table: "leases", key: ["leaseKey": item(number)["leaseKey"] ?? .null])) { _ in
                    item(number)
                }
            }
            _ = try await folder.tables.update(changes)
            try await body(folder.tables)
        }
    }

    /// What SQLite says it does for a scan.
    private func plan(_ scan: ItemScan, _ tables: EmbeddedTableStore) async throws -> [String] {
        try await tables.catalogue.read { database in
            let table = try StoredTable.find("leases", in: database)
            let index = try scan.index.map { try table.index($0) }
            let schema = index?.keySchema ?? table.keySchema
            let keys = try scan.hash.map { try KeyEncoding.keys(schema, hash: $0, range: scan.range) }
            let statement = try table.request(scan, index, keys ?? .all).makePreparedRequest(database).statement
            return try Row.fetchAll(
                database,
                sql: "EXPLAIN QUERY PLAN \(statement.sql)",
                arguments: statement.arguments
            ).map { $0["detail"] }
        }
    }

    private func scan(index: String? = nil, hash: String? = nil, after: Int? = nil, descending: Bool = false)
        -> ItemScan
    {
        var scan = ItemScan(table: "leases")
        scan.index = index
        scan.hash = hash.map { .string($0) }
        scan.isDescending = descending
        scan.after = after.map { number in
            item(number).filter { $0.key == "leaseKey" || index != nil }
        }
        return scan
    }

    @Test func everyScanSeeksToItsBounds() async throws {
        try await withItems(1) { tables in
            for descending in [false, true] {
                let ofTable = try await plan(scan(hash: "key 1000", after: 0, descending: descending), tables)
                #expect(ofTable == ["SEARCH items USING PRIMARY KEY (table_id=? AND key>? AND key<?)"])
                let later = try await plan(scan(index: "byOwner", hash: "w0", after: 0, descending: descending), tables)
                let bounds =
                    descending
                    ? "index_key>? AND (index_key,item_key)<(?,?)" : "(index_key,item_key)>(?,?) AND index_key<?"
                #expect(later.first == "SEARCH index_entries USING PRIMARY KEY (index_id=? AND \(bounds))")
                #expect(later.dropFirst().first == "SEARCH items USING PRIMARY KEY (table_id=? AND key=?)")
                // Nothing is sorted: the order is that of the keys.
                #expect(later.count == 2)
            }
        }
    }

    @Test(arguments: [nil, "byOwner"], [false, true])
    func pagesMakeTheWhole(index: String?, descending: Bool) async throws {
        try await withItems(41) { tables in
            let whole = try await tables.scan(scan(index: index, descending: descending)).items
            #expect(whole.count == 41)
            var pages: [Item] = []
            var next = scan(index: index, descending: descending)
            next.limit = 3
            repeat {
                let page = try await tables.scan(next)
                pages += page.items
                next.after = page.lastKey
            } while next.after != nil
            #expect(pages == whole)
            // The same of one hash key, and from places outside of it.
            guard index != nil else { return }
            let ofOne = try await tables.scan(scan(index: index, hash: "w1", descending: descending)).items
            #expect(ofOne == whole.filter { $0["owner"] == .string("w1") })
            let before = try await tables.scan(scan(index: index, hash: "w1", after: 0, descending: descending)).items
            #expect(before == (descending ? [] : ofOne))
            let behind = try await tables.scan(scan(index: index, hash: "w0", after: 1, descending: descending)).items
            #expect(behind.count == (descending ? 21 : 0))
        }
    }
}
