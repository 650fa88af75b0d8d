import FoundationEssentials
import GRDB
import WeirModel

/// The rows that say what a table is.
extension StoredTable {
    /// Makes a table. Throws `resourceInUse` when there is one of that name.
    static func insert(_ table: TableDescription, in database: Database) throws {
        let exists = try Bool.fetchOne(
            database,
            sql: "SELECT EXISTS (SELECT 1 FROM tables WHERE name = ?)",
            arguments: [table.name]
        )
        guard exists != true else { throw ServiceError(.resourceInUse, "Table already exists: \(table.name)") }
        try database.execute(
            sql: """
                INSERT INTO tables (name, uuid, hash_key_name, hash_key_type, range_key_name, range_key_type, created_at,
                    billing_mode)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                table.name, table.id, table.keySchema.hash.name, table.keySchema.hash.type,
                table.keySchema.range?.name, table.keySchema.range?.type, table.createdAt.millisecondsSinceEpoch,
                table.billingMode,
            ]
        )
        try find(table.name, in: database).replace(by: table, in: database)
    }

    /// What the table is.
    func description(in database: Database) throws -> TableDescription {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM tables WHERE id = ?", arguments: [id]) else {
            throw ServiceError(.internalFailure, "Table \(name) has no row.")
        }
        var table = TableDescription(
            name: name,
            id: row["uuid"],
            keySchema: keySchema,
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]),
            billingMode: row["billing_mode"],
            throughput: Self.throughput(row),
            isProtected: row["is_protected"]
        )
        table.expiryAttribute = row["expiry_attribute"]
        table.recoverySince = (row["recovery_since"] as Int64?).map { Timestamp(millisecondsSinceEpoch: $0) }
        let tags = try Row.fetchAll(
            database,
            sql: "SELECT key, value FROM table_tags WHERE table_id = ?",
            arguments: [id]
        ).map { ($0["key"] as String, $0["value"] as String) }
        table.tags = Dictionary(tags) { first, _ in first }
        table.indexes = try indexes.map { index in try description(of: index, in: database) }
        return table
    }

    private func description(of index: Index, in database: Database) throws -> TableIndex {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM indexes WHERE id = ?", arguments: [index.id])
        else { throw ServiceError(.internalFailure, "Index \(index.name) has no row.") }
        let projection: TableIndex.Projection =
            switch row["projection"] as String {
            case "ALL": .all
            case "INCLUDE":
                .include(
                    try String.fetchAll(
                        database,
                        sql: "SELECT name FROM index_attributes WHERE index_id = ? ORDER BY position",
                        arguments: [index.id]
                    )
                )
            default: .keysOnly
            }
        return TableIndex(
            name: index.name,
            keySchema: index.keySchema,
            projection: projection,
            throughput: Self.throughput(row)
        )
    }

    private static func throughput(_ row: Row) -> TableThroughput? {
        guard let read = row["read_units"] as Int?, let write = row["write_units"] as Int? else { return nil }
        return TableThroughput(readUnits: read, writeUnits: write)
    }

    /// Makes the table what it is described as, but for what never changes.
    func replace(by table: TableDescription, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE tables SET billing_mode = ?, read_units = ?, write_units = ?, is_protected = ?,
                    expiry_attribute = ?, recovery_since = ?
                WHERE id = ?
                """,
            arguments: [
                table.billingMode, table.throughput?.readUnits, table.throughput?.writeUnits, table.isProtected,
                table.expiryAttribute, table.recoverySince?.millisecondsSinceEpoch, id,
            ]
        )
        try database.execute(sql: "DELETE FROM table_tags WHERE table_id = ?", arguments: [id])
        for (key, value) in table.tags {
            try database.execute(
                sql: "INSERT INTO table_tags (table_id, key, value) VALUES (?, ?, ?)",
                arguments: [id, key, value]
            )
        }
        for index in indexes where table.index(index.name) == nil {
            try database.execute(sql: "DELETE FROM indexes WHERE id = ?", arguments: [index.id])
        }
        for index in table.indexes {
            if let existing = indexes.first(where: { $0.name == index.name }) {
                try database.execute(
                    sql: "UPDATE indexes SET read_units = ?, write_units = ? WHERE id = ?",
                    arguments: [index.throughput?.readUnits, index.throughput?.writeUnits, existing.id]
                )
            } else {
                try add(index, in: database)
            }
        }
    }

    /// Makes an index and enters the items there are.
    private func add(_ index: TableIndex, in database: Database) throws {
        let (projection, attributes) = index.projection.columns
        try database.execute(
            sql: """
                INSERT INTO indexes (table_id, name, hash_key_name, hash_key_type, range_key_name, range_key_type,
                    projection, read_units, write_units)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, index.name, index.keySchema.hash.name, index.keySchema.hash.type, index.keySchema.range?.name,
                index.keySchema.range?.type, projection, index.throughput?.readUnits, index.throughput?.writeUnits,
            ]
        )
        let added = Index(id: database.lastInsertedRowID, name: index.name, keySchema: index.keySchema)
        for (position, attribute) in attributes.enumerated() {
            try database.execute(
                sql: "INSERT INTO index_attributes (index_id, position, name) VALUES (?, ?, ?)",
                arguments: [added.id, position, attribute]
            )
        }
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT key, value FROM items WHERE table_id = ?",
            arguments: [id]
        )
        while let row = try rows.next() {
            let key: Data = row[0]
            if let indexKey = added.key(of: try decode(row[1])) { try added.insert(indexKey, of: key, in: database) }
        }
    }
}

extension TableIndex.Projection {
    /// The name of the kind, and the attributes that are named.
    fileprivate var columns: (kind: String, attributes: [String]) {
        switch self {
        case .all: ("ALL", [])
        case .keysOnly: ("KEYS_ONLY", [])
        case .include(let attributes): ("INCLUDE", attributes)
        }
    }
}
