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
        let rows = try request(scan, index, keys ?? .all).fetchCursor(database)

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

    /// The rows of a scan. Each bound is a condition of its own, so that SQLite seeks to it, and reads no row outside.
    func request(_ scan: ItemScan, _ index: Index?, _ keys: KeyRange) throws -> SQLRequest<Row> {
        if let index { return try request(scan, of: index, keys) }
        var keys = keys
        if let after = scan.after {
            let key = try KeyEncoding.bytes(of: after, keySchema)
            // What is read already is cut off. A key beyond the range leaves it as it is, or nothing of it.
            if scan.isDescending {
                if keys.upTo.map({ key.lexicographicallyPrecedes($0) }) ?? true { keys.upTo = key }
            } else if !key.lexicographicallyPrecedes(keys.from) {
                keys.from = key + [0]
            }
        }
        var sql = "SELECT value, key FROM items WHERE table_id = ? AND key >= ?"
        var arguments: StatementArguments = [id, Data(keys.from)]
        if let upTo = keys.upTo {
            sql += " AND key < ?"
            arguments += [Data(upTo)]
        }
        return SQLRequest(sql: "\(sql) ORDER BY key \(scan.isDescending ? "DESC" : "ASC")", arguments: arguments)
    }

    private func request(_ scan: ItemScan, of index: Index, _ keys: KeyRange) throws -> SQLRequest<Row> {
        typealias Bound = (condition: String, values: StatementArguments)
        var lower: Bound = ("index_key >= ?", [Data(keys.from)])
        var upper: Bound? = keys.upTo.map { ("index_key < ?", [Data($0)]) }
        if let after = scan.after {
            let key = try KeyEncoding.bytes(of: after, index.keySchema)
            // Items with the same index key follow the order of their own keys.
            let place: StatementArguments = [Data(key), Data(try KeyEncoding.bytes(of: after, keySchema))]
            if scan.isDescending {
                if keys.upTo.map({ key.lexicographicallyPrecedes($0) }) ?? true {
                    upper = ("(index_key, item_key) < (?, ?)", place)
                }
            } else if !key.lexicographicallyPrecedes(keys.from) {
                lower = ("(index_key, item_key) > (?, ?)", place)
            }
        }
        let order = scan.isDescending ? "DESC" : "ASC"
        return SQLRequest(
            // A cross join: the index comes first.
            sql: """
                SELECT value, index_key FROM index_entries
                CROSS JOIN items ON items.table_id = ? AND items.key = index_entries.item_key
                WHERE index_id = ? AND \(lower.condition)\(upper.map { " AND \($0.condition)" } ?? "")
                ORDER BY index_key \(order), item_key \(order)
                """,
            arguments: [id, index.id] + lower.values + (upper?.values ?? [])
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
