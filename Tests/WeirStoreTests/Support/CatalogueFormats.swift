import FoundationEssentials
import GRDB
import WeirRuntime

@testable import WeirStore

/// The format that the catalogue of a folder says it has.
func catalogueFormat(_ path: String) async throws -> Int? {
    try await DatabaseQueue(path: "\(path)/\(DataFolderNames.catalogueName)").read { database in
        try Int.fetchOne(database, sql: "PRAGMA user_version")
    }
}

/// Puts a catalogue of an earlier format in the place of a folder's own, as an older program would have made it: with the rows
/// of the tables and columns that there were.
func takeBack(_ path: String, toFormat format: Int) throws {
    let file = "\(path)/\(DataFolderNames.catalogueName)"
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    let old = try DatabaseQueue(path: "\(file).old", configuration: configuration)
    try CatalogueSchema.migrator(secretKey: []).migrate(old, upTo: "format \(format)")
    try old.writeWithoutTransaction { database in
        try database.execute(sql: "ATTACH ? AS newest", arguments: [file])
        let tables = try String.fetchAll(
            database,
            sql: """
                SELECT name FROM main.sqlite_master
                WHERE type = 'table' AND name NOT LIKE 'grdb%' AND name NOT LIKE 'sqlite%'
                """
        )
        for table in tables {
            let columns = try String.fetchAll(
                database,
                sql: "SELECT name FROM pragma_table_info(?, 'main')",
                arguments: [table]
            ).joined(separator: ", ")
            try database.execute(
                sql: """
                    DELETE FROM main.\(table);
                    INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM newest.\(table);
                    """
            )
        }
        try database.execute(sql: "DETACH newest")
    }
    try old.close()
    let files = SystemFileSystem()
    for suffix in ["", "-wal", "-shm"] { try? files.remove(file + suffix) }
    try files.rename("\(file).old", to: file)
}
