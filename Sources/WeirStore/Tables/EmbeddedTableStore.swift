import FoundationEssentials
import GRDB
import NIOCore
import WeirModel
import WeirWire

/// Tables in a data folder: rows of the catalogue. See ``DataFolder``.
public final class EmbeddedTableStore: TableStore {
    /// A table inside a transaction.
    private struct Table {
        let id: Int64
        let hashKeyName: String
        let hashKeyType: String
    }

    private let catalogue: Catalogue
    private let lifetime: Lifetime

    init(catalogue: Catalogue, lifetime: Lifetime) {
        self.catalogue = catalogue
        self.lifetime = lifetime
    }

    // MARK: Tables

    public func createTable(_ table: TableDescription) async throws(ServiceError) {
        try await write { database in
            let exists = try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM tables WHERE name = ?)",
                arguments: [table.name]
            )
            guard exists != true else { throw ServiceError(.resourceInUse, "Table already exists: \(table.name)") }
            try database.execute(
                sql: """
                    INSERT INTO tables (name, hash_key_name, hash_key_type, created_at, billing_mode)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    table.name, table.hashKeyName, table.hashKeyType, table.createdAt.millisecondsSinceEpoch,
                    table.billingMode,
                ]
            )
        }
    }

    public func deleteTable(name: String) async throws(ServiceError) {
        try await write { database in
            try database.execute(sql: "DELETE FROM tables WHERE name = ?", arguments: [name])
            guard database.changesCount == 1 else { throw Self.tableNotFound(name) }
        }
    }

    public func table(name: String) async throws(ServiceError) -> TableDescription {
        try await catalogue.read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM tables WHERE name = ?", arguments: [name])
            else { throw Self.tableNotFound(name) }
            return TableDescription(
                name: row["name"],
                hashKeyName: row["hash_key_name"],
                hashKeyType: row["hash_key_type"],
                createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]),
                billingMode: row["billing_mode"]
            )
        }
    }

    public func tableNames(after name: String?, limit: Int) async throws(ServiceError) -> [String] {
        try await catalogue.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT name FROM tables WHERE ?1 IS NULL OR name > ?1 ORDER BY name LIMIT ?2",
                arguments: [name, max(0, limit)]
            )
        }
    }

    public func itemCount(table name: String) async throws(ServiceError) -> Int {
        try await catalogue.read { database in
            let table = try Self.table(name, in: database)
            return try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM items WHERE table_id = ?",
                arguments: [table.id]
            ) ?? 0
        }
    }

    // MARK: Items

    public func item(table name: String, key: AttributeValue) async throws(ServiceError) -> Item? {
        try await catalogue.read { database in
            let table = try Self.table(name, in: database)
            return try Self.item(table, key: Self.blob(key, of: table), in: database)
        }
    }

    @discardableResult
    public func update(
        table name: String,
        key: AttributeValue,
        _ change: @escaping @Sendable (Item?) throws(ServiceError) -> Item?
    ) async throws(ServiceError) -> (old: Item?, new: Item?) {
        try await write { database in
            let table = try Self.table(name, in: database)
            let blob = try Self.blob(key, of: table)
            let old = try Self.item(table, key: blob, in: database)
            let new = try change(old)
            if let new {
                guard let newKey = new[table.hashKeyName] else {
                    throw ServiceError(
                        .validation,
                        "One or more parameter values were invalid: Missing the key \(table.hashKeyName) in the item"
                    )
                }
                guard try Self.blob(newKey, of: table) == blob else {
                    throw ServiceError(
                        .validation,
                        "Cannot update attribute \(table.hashKeyName). This attribute is part of the key"
                    )
                }
                guard new != old else { return (old, new) }
                let statement = try database.cachedStatement(
                    sql: """
                        INSERT INTO items (table_id, key, value) VALUES (?, ?, ?)
                        ON CONFLICT (table_id, key) DO UPDATE SET value = excluded.value
                        """
                )
                try statement.execute(arguments: [table.id, blob, Data(ItemCoder.encode(new).readableBytesView)])
            } else if old != nil {
                try database.execute(
                    sql: "DELETE FROM items WHERE table_id = ? AND key = ?",
                    arguments: [table.id, blob]
                )
            }
            return (old, new)
        }
    }

    public func scan(
        table name: String,
        after key: AttributeValue?,
        limit: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> (items: [Item], lastKey: AttributeValue?) {
        try await catalogue.read { database in
            let table = try Self.table(name, in: database)
            // The empty blob is below all others, and is no key.
            let start = try key.map { try Self.blob($0, of: table) } ?? Data()
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT value FROM items WHERE table_id = ? AND key > ? ORDER BY key",
                arguments: [table.id, start]
            )
            var items: [Item] = []
            var size = 0
            while let row = try rows.next() {
                let value: Data = row[0]
                size += value.count
                if items.count >= max(1, limit) || (size > maximumBytes && !items.isEmpty) {
                    return (items, items.last?[table.hashKeyName])
                }
                items.append(try Self.decode(value, of: name))
            }
            return (items, nil)
        }
    }

    // MARK: Rows

    private func write<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(ServiceError) -> Result {
        let catalogue = catalogue
        return try await lifetime.change { () async throws(ServiceError) in try await catalogue.write(body) }
    }

    private static func table(_ name: String, in database: Database) throws -> Table {
        let statement = try database.cachedStatement(
            sql: "SELECT id, hash_key_name, hash_key_type FROM tables WHERE name = ?"
        )
        guard let row = try Row.fetchOne(statement, arguments: [name]) else { throw tableNotFound(name) }
        return Table(id: row[0], hashKeyName: row[1], hashKeyType: row[2])
    }

    private static func item(_ table: Table, key: Data, in database: Database) throws -> Item? {
        let statement = try database.cachedStatement(sql: "SELECT value FROM items WHERE table_id = ? AND key = ?")
        guard let value = try Data.fetchOne(statement, arguments: [table.id, key]) else { return nil }
        return try decode(value, of: table.hashKeyName)
    }

    private static func decode(_ value: Data, of table: String) throws -> Item {
        let bytes = value.withUnsafeBytes { ByteBuffer(bytes: $0) }
        guard let item = ItemCoder.decode(bytes) else {
            throw ServiceError(.internalFailure, "An item of table \(table) is damaged.")
        }
        return item
    }

    private static func blob(_ key: AttributeValue, of table: Table) throws(ServiceError) -> Data {
        Data(try KeyEncoding.bytes(of: key, name: table.hashKeyName, type: table.hashKeyType))
    }

    private static func tableNotFound(_ name: String) -> ServiceError {
        ServiceError(.resourceNotFound, "Requested resource not found: Table: \(name) not found")
    }
}
