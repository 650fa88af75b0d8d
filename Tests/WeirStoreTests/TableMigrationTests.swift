import FoundationEssentials
import GRDB
import NIOCore
import Testing
import WeirModel
import WeirRuntime
import WeirWire

@testable import WeirStore

/// Tables of data folders that older releases made.
@Suite struct TableMigrationTests {
    @Test func tablesOfTheFirstFormatAreKept() async throws {
        try await withTemporaryPath { path in
            let item: Item = ["leaseKey": .string("k"), "leaseOwner": .string("w")]
            try await DataFolder.withDataFolder(path: path, logger: quiet) { _ in }
            try await makeFirstFormat(path, item)
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let table = try await folder.tables.table(name: "leases")
                #expect(table.keySchema == KeySchema(hash: KeyAttribute("leaseKey", "S")))
                #expect(table.id.split(separator: "-").map(\.utf8.count) == [8, 4, 4, 4, 12])
                #expect(table.indexes.isEmpty && table.tags.isEmpty && !table.isProtected)
                #expect(try await folder.tables.item(table: "leases", key: ["leaseKey": .string("k")]) == item)
                try await folder.tables.changeTable(name: "leases") { table in
                    table.indexes = [
                        TableIndex(
                            name: "byOwner",
                            keySchema: KeySchema(hash: KeyAttribute("leaseOwner", "S")),
                            projection: .keysOnly
                        )
                    ]
                }
                var scan = ItemScan(table: "leases")
                scan.index = "byOwner"
                #expect(try await folder.tables.scan(scan).items == [item])
            }
        }
    }

    /// Puts a catalogue of the first format, with a table and an item, in the place of the folder's own.
    private func makeFirstFormat(_ path: String, _ item: Item) async throws {
        let file = "\(path)/\(DataFolderNames.catalogueName)"
        let key = try await DatabaseQueue(path: file).read {
            try Data.fetchOne($0, sql: "SELECT secret_key FROM store")
        }
        let copy = try DatabaseQueue(path: "\(file).old")
        try CatalogueSchema.migrator(secretKey: [UInt8](key ?? Data())).migrate(copy, upTo: "format 1")
        try await copy.write { database in
            try database.execute(
                sql: """
                    INSERT INTO tables (name, hash_key_name, hash_key_type, created_at, billing_mode)
                    VALUES ('leases', 'leaseKey', 'S', 1720000000123, 'PAY_PER_REQUEST')
                    """
            )
            try database.execute(
                sql: "INSERT INTO items (table_id, key, value) VALUES (1, ?, ?)",
                arguments: [Data("k".utf8), Data(ItemCoder.encode(item).readableBytesView)]
            )
        }
        try copy.close()
        let files = SystemFileSystem()
        for suffix in ["", "-wal", "-shm"] { try? files.remove(file + suffix) }
        try files.rename("\(file).old", to: file)
        #expect(try await DatabaseQueue(path: file).read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 1)
    }
}
