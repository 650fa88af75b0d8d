import FoundationEssentials
import GRDB
import NIOCore
import WeirModel
import WeirRuntime
import WeirWire

/// Tables in a data folder: rows of the catalogue. See ``DataFolder``.
public final class EmbeddedTableStore: TableStore {
    let catalogue: Catalogue
    private let lifetime: Lifetime
    let feed: ChangeFeed

    init(catalogue: Catalogue, lifetime: Lifetime, time: any TimeSource) {
        self.catalogue = catalogue
        self.lifetime = lifetime
        feed = ChangeFeed(time: time)
    }

    // MARK: Tables

    public func createTable(_ table: TableDescription) async throws(ServiceError) {
        try await write { database in try StoredTable.insert(table, in: database) }
    }

    @discardableResult
    public func changeTable(
        name: String,
        _ change: @escaping @Sendable (inout TableDescription) throws(ServiceError) -> Void
    ) async throws(ServiceError) -> TableDescription {
        try await write { database in
            let table = try StoredTable.find(name, in: database)
            var description = try table.description(in: database)
            try change(&description)
            try table.replace(by: description, in: database)
            return description
        }
    }

    public func deleteTable(name: String) async throws(ServiceError) {
        try await write { [feed] database in
            let table = try StoredTable.find(name, in: database)
            guard try !table.description(in: database).isProtected else {
                throw ServiceError(
                    .validation,
                    """
                    Resource cannot be deleted as it is currently protected against deletion. \
                    Disable deletion protection first.
                    """
                )
            }
            try database.execute(sql: "DELETE FROM tables WHERE id = ?", arguments: [table.id])
            database.afterNextTransaction { _ in feed.tableWasDeleted(name) }
        }
    }

    public func table(name: String) async throws(ServiceError) -> TableDescription {
        try await catalogue.read { database in
            try StoredTable.find(name, in: database).description(in: database)
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

    public func size(table name: String) async throws(ServiceError) -> (table: TableSize, indexes: [String: TableSize])
    {
        try await catalogue.read { database in
            let table = try StoredTable.find(name, in: database)
            var indexes: [String: TableSize] = [:]
            for index in table.indexes { indexes[index.name] = try table.size(of: index, in: database) }
            return (try table.size(in: database), indexes)
        }
    }

    // MARK: Items

    public func items(_ references: [ItemReference]) async throws(ServiceError) -> [Item?] {
        try await catalogue.read { database in
            var tables: [String: StoredTable] = [:]
            return try references.map { reference in
                let table = try tables[reference.table] ?? StoredTable.find(reference.table, in: database)
                tables[reference.table] = table
                return try table.item(KeyEncoding.bytes(of: reference.key, table.keySchema), in: database)
            }
        }
    }

    public func update(_ changes: [ItemChange]) async throws(ServiceError) -> ItemChangesOutcome {
        try await write { [feed] database in
            var tables: [String: StoredTable] = [:]
            var versions: [(table: StoredTable, key: [UInt8], versions: ItemVersions)] = []
            var errors: [ServiceError?] = []
            // Everything is decided before anything is written.
            for change in changes {
                let name = change.item.table
                let table = try tables[name] ?? StoredTable.find(name, in: database)
                tables[name] = table
                let key = try KeyEncoding.bytes(of: change.item.key, table.keySchema)
                let old = try table.item(key, in: database)
                do throws(ServiceError) {
                    let new = try change.change(old)
                    if let new { try table.check(new, hasKey: key) }
                    versions.append((table, key, ItemVersions(old: old, new: new)))
                    errors.append(nil)
                } catch {
                    errors.append(error)
                }
            }
            guard errors.allSatisfy({ $0 == nil }) else { return .refused(errors) }
            // Also where both look the same: Swift calls texts equal that differ in their bytes.
            for version in versions where version.versions.old != nil || version.versions.new != nil {
                try version.table.replace(version.key, version.versions, in: database)
            }
            let told = versions.filter { feed.isWatched($0.table.name) }.compactMap { version in
                version.table.change(version.versions).map { (version.table.name, $0) }
            }
            // Commits follow each other, and this comes between one and the next: changes are told in their order.
            if !told.isEmpty { database.afterNextTransaction { _ in feed.add(told) } }
            return .applied(versions.map(\.versions))
        }
    }

    public func scan(_ scan: ItemScan) async throws(ServiceError) -> ItemPage {
        try await catalogue.read { database in
            let table = try StoredTable.find(scan.table, in: database)
            return try table.scan(scan, in: database)
        }
    }

    // MARK: Changes

    public func changes(
        of table: String,
        after cursor: TableCursor?,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> TableChanges {
        if let cursor,
            let changes = try feed.changes(of: table, after: cursor, count: maximumCount, bytes: maximumBytes)
        {
            return changes
        }
        // Between two commits: one that comes later is kept, and one that came before is seen by a scan.
        return try await write { [feed] database in
            _ = try StoredTable.find(table, in: database)
            return .scanAgain(next: try feed.begin(table))
        }
    }

    public func waitForChanges(of table: String, after cursor: TableCursor) async throws(ServiceError) {
        await feed.wait(for: table, after: cursor)
    }

    /// The folder is being closed: ends all waits.
    func endWaits() { feed.close() }

    private func write<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(ServiceError) -> Result {
        let catalogue = catalogue
        return try await lifetime.change { () async throws(ServiceError) in try await catalogue.write(body) }
    }
}
