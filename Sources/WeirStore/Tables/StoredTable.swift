import FoundationEssentials
import GRDB
import NIOCore
import WeirModel
import WeirWire

/// A table inside a transaction: its row, and how its items are found.
struct StoredTable: Sendable {
    /// An index of the table.
    struct Index: Sendable {
        let id: Int64
        let name: String
        let keySchema: KeySchema
    }

    let id: Int64
    let name: String
    let keySchema: KeySchema
    let indexes: [Index]

    /// A table by name. Throws `resourceNotFound`.
    static func find(_ name: String, in database: Database) throws -> StoredTable {
        let statement = try database.cachedStatement(
            sql: """
                SELECT id, hash_key_name, hash_key_type, range_key_name, range_key_type FROM tables WHERE name = ?
                """
        )
        guard let row = try Row.fetchOne(statement, arguments: [name]) else {
            throw ServiceError(.resourceNotFound, "Requested resource not found: Table: \(name) not found")
        }
        let id: Int64 = row[0]
        let ofIndexes = try database.cachedStatement(
            sql: """
                SELECT id, name, hash_key_name, hash_key_type, range_key_name, range_key_type FROM indexes
                WHERE table_id = ? ORDER BY name
                """
        )
        return StoredTable(
            id: id,
            name: name,
            keySchema: keySchema(row, from: 1),
            indexes: try Row.fetchAll(ofIndexes, arguments: [id]).map { row in
                Index(id: row[0], name: row[1], keySchema: keySchema(row, from: 2))
            }
        )
    }

    private static func keySchema(_ row: Row, from place: Int) -> KeySchema {
        let rangeName: String? = row[place + 2]
        let rangeType: String? = row[place + 3]
        var range: KeyAttribute?
        if let rangeName, let rangeType { range = KeyAttribute(rangeName, rangeType) }
        return KeySchema(hash: KeyAttribute(row[place], row[place + 1]), range: range)
    }

    /// An index by name. Throws `validation`.
    func index(_ name: String) throws(ServiceError) -> Index {
        guard let index = indexes.first(where: { $0.name == name }) else {
            throw ServiceError(.validation, "The table does not have the specified index: \(name)")
        }
        return index
    }

    // MARK: Items

    /// The item under a key.
    func item(_ key: [UInt8], in database: Database) throws -> Item? {
        let statement = try database.cachedStatement(sql: "SELECT value FROM items WHERE table_id = ? AND key = ?")
        guard let value = try Data.fetchOne(statement, arguments: [id, Data(key)]) else { return nil }
        return try decode(value)
    }

    /// Throws `validation` unless an item has the key that it is to be kept under.
    func check(_ item: Item, hasKey key: [UInt8]) throws(ServiceError) {
        for attribute in keySchema.attributes where item[attribute.name] == nil {
            throw ServiceError(
                .validation,
                "One or more parameter values were invalid: Missing the key \(attribute.name) in the item"
            )
        }
        guard try KeyEncoding.bytes(of: item, keySchema) == key else {
            throw ServiceError(
                .validation,
                """
                One or more parameter values were invalid: Cannot update attribute \(keySchema.hash.name). \
                This attribute is part of the key
                """
            )
        }
    }

    /// Writes the new version of an item in place of the old one, and what the indexes say of it.
    func replace(_ key: [UInt8], _ versions: ItemVersions, in database: Database) throws {
        let key = Data(key)
        if let new = versions.new {
            let statement = try database.cachedStatement(
                sql: """
                    INSERT INTO items (table_id, key, value) VALUES (?, ?, ?)
                    ON CONFLICT (table_id, key) DO UPDATE SET value = excluded.value
                    """
            )
            try statement.execute(arguments: [id, key, Data(ItemCoder.encode(new).readableBytesView)])
        } else {
            let statement = try database.cachedStatement(sql: "DELETE FROM items WHERE table_id = ? AND key = ?")
            try statement.execute(arguments: [id, key])
        }
        for index in indexes {
            let old = versions.old.flatMap(index.key)
            let new = versions.new.flatMap(index.key)
            guard old != new else { continue }
            if let old {
                let statement = try database.cachedStatement(
                    sql: "DELETE FROM index_entries WHERE index_id = ? AND index_key = ? AND item_key = ?"
                )
                try statement.execute(arguments: [index.id, Data(old), key])
            }
            if let new { try index.insert(new, of: key, in: database) }
        }
    }

    /// What is told of a change; nil when there is neither an old nor a new item.
    func change(_ versions: ItemVersions) -> ChangeRing.Change? {
        guard let item = versions.new ?? versions.old else { return nil }
        return ChangeRing.Change(
            key: ItemCoder.encode(keySchema.key(of: item)),
            newImage: versions.new.map { ItemCoder.encode($0) }
        )
    }

    /// The item that some bytes of the catalogue are. Throws `internalFailure` when they are none.
    func decode(_ value: Data) throws -> Item {
        let bytes = value.withUnsafeBytes { ByteBuffer(bytes: $0) }
        guard let item = ItemCoder.decode(bytes) else {
            throw ServiceError(.internalFailure, "An item of table \(name) is damaged.")
        }
        return item
    }

    // MARK: Sizes

    func size(in database: Database) throws -> TableSize {
        try size(database, "SELECT count(*), coalesce(sum(length(value)), 0) FROM items WHERE table_id = ?", id)
    }

    func size(of index: Index, in database: Database) throws -> TableSize {
        try size(
            database,
            """
            SELECT count(*), coalesce(sum(length(index_key) + length(item_key)), 0) FROM index_entries
            WHERE index_id = ?
            """,
            index.id
        )
    }

    private func size(_ database: Database, _ sql: String, _ id: Int64) throws -> TableSize {
        guard let row = try Row.fetchOne(database, sql: sql, arguments: [id]) else {
            return TableSize(itemCount: 0, bytes: 0)
        }
        return TableSize(itemCount: row[0], bytes: row[1])
    }
}

extension StoredTable.Index {
    /// The bytes by which the index finds an item; nil when the item is not in it.
    func key(of item: Item) -> [UInt8]? { try? KeyEncoding.bytes(of: item, keySchema) }

    /// Enters an item.
    func insert(_ key: [UInt8], of item: Data, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT INTO index_entries (index_id, index_key, item_key) VALUES (?, ?, ?)"
        )
        try statement.execute(arguments: [id, Data(key), item])
    }
}
