import GRDB
import WeirModel

extension Catalogue {
    /// Copies the database, as it is at one moment, into an empty file; blocking. Writes go on.
    func copy(to path: String) throws {
        let copy = try DatabaseQueue(path: path)
        try backUp(to: copy)
        // One file, without a log beside it. Opening the folder switches back.
        try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try copy.close()
    }

    /// Fits a copy to the logs that were copied after it; blocking.
    ///
    /// Streams that were deleted meanwhile leave it, and data keys that were made meanwhile come in: a log that was copied
    /// later may hold records encrypted with them.
    static func settle(copy path: String, gone: [Int64], keys: [WrappedDataKey]) throws {
        let copy = try DatabaseQueue(path: path)
        try copy.write { database in
            for id in gone { try database.execute(sql: "DELETE FROM streams WHERE id = ?", arguments: [id]) }
            let streams = Set(try Int64.fetchAll(database, sql: "SELECT id FROM streams"))
            for key in keys where streams.contains(key.stream) {
                try insert(key, replacing: true, in: database)
            }
        }
        try copy.close()
    }

    /// The IDs of the streams of a copy; blocking.
    static func streamIDs(ofCopy path: String) throws -> [Int64] {
        let copy = try DatabaseQueue(path: path)
        let ids = try copy.read { try Int64.fetchAll($0, sql: "SELECT id FROM streams ORDER BY id") }
        try copy.close()
        return ids
    }
}
