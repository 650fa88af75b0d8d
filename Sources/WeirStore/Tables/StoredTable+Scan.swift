import FoundationEssentials
import GRDB
import WeirBytes
import WeirModel
import WeirWire

/// Reading items in the order of their keys, or of those of an index.
extension StoredTable {
    func scan(_ scan: ItemScan, in database: Database) throws -> ItemPage {
        let index = try scan.index.map { name throws(ServiceError) in try self.index(name) }
        let schema = index?.keySchema ?? keySchema
        let keys = try scan.hash.map { hash throws(ServiceError) in
            try KeyEncoding.keys(schema, hash: hash, range: scan.range)
        }
        let rows = try rows(scan, index, keys ?? .all, in: database)

        var items: [Item] = []
        var size = 0
        while let row = try rows.next() {
            if let segment = scan.segment {
                let key: Data = row[1]
                guard segment.holds([UInt8](key), schema) else { continue }
            }
            let value: Data = row[0]
            size += value.count
            if items.count >= max(1, scan.limit) || (size > scan.maximumBytes && !items.isEmpty) {
                return ItemPage(items: items, lastKey: items.last.map { lastKey($0, index) })
            }
            items.append(try decode(value))
        }
        return ItemPage(items: items, lastKey: nil)
    }

    private func lastKey(_ item: Item, _ index: Index?) -> Item {
        keySchema.key(of: item).merging(index?.keySchema.key(of: item) ?? [:]) { key, _ in key }
    }

    private func rows(
        _ scan: ItemScan,
        _ index: Index?,
        _ keys: KeyRange,
        in database: Database
    ) throws -> RowCursor {
        var keys = keys
        let order = scan.isDescending ? "DESC" : "ASC"
        guard let index else {
            if let after = scan.after {
                let key = try KeyEncoding.bytes(of: after, keySchema)
                // What is read already is cut off. A key beyond the range leaves it as it is, or nothing of it.
                if scan.isDescending {
                    if keys.upTo.map({ key.lexicographicallyPrecedes($0) }) ?? true { keys.upTo = key }
                } else if !key.lexicographicallyPrecedes(keys.from) {
                    keys.from = key + [0]
                }
            }
            return try Row.fetchCursor(
                database,
                sql: """
                    SELECT value, key FROM items
                    WHERE table_id = ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3) ORDER BY key \(order)
                    """,
                arguments: [id, Data(keys.from), keys.upTo.map { Data($0) }]
            )
        }
        var after: (index: Data, item: Data)?
        if let key = scan.after {
            after = (
                Data(try KeyEncoding.bytes(of: key, index.keySchema)), Data(try KeyEncoding.bytes(of: key, keySchema))
            )
        }
        // Items with the same index key follow the order of their own keys.
        return try Row.fetchCursor(
            database,
            sql: """
                SELECT value, index_key FROM index_entries
                JOIN items ON items.table_id = ?2 AND items.key = index_entries.item_key
                WHERE index_id = ?1 AND index_key >= ?3 AND (?4 IS NULL OR index_key < ?4)
                    AND (?5 IS NULL OR (index_key, item_key) \(scan.isDescending ? "<" : ">") (?5, ?6))
                ORDER BY index_key \(order), item_key \(order)
                """,
            arguments: [index.id, id, Data(keys.from), keys.upTo.map { Data($0) }, after?.index, after?.item]
        )
    }
}

extension ScanSegment {
    /// Whether the items of a hash key are in this segment: all of them are in one.
    fileprivate func holds(_ key: [UInt8], _ schema: KeySchema) -> Bool {
        guard total > 1 else { return true }
        let hash = KeyEncoding.hashPart(of: key, schema)
        let checksum = hash.withUnsafeBytes { CRC32C.checksum($0) }
        return Int(checksum) % total == number
    }
}
