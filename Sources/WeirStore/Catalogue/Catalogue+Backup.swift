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

    /// Fits a copy to the logs that were copied after it, and checks the file; blocking.
    ///
    /// Streams that were deleted meanwhile leave it, and data keys that were made meanwhile come in: a log that was copied
    /// later may hold records encrypted with them.
    static func settle(
        copy path: String,
        gone: [Int64],
        goneQueues: [Int64],
        keys: [WrappedDataKey]
    ) throws {
        let copy = try DatabaseQueue(path: path)
        try copy.write { database in
            for id in gone { try database.execute(sql: "DELETE FROM streams WHERE id = ?", arguments: [id]) }
            for id in goneQueues { try database.execute(sql: "DELETE FROM queues WHERE id = ?", arguments: [id]) }
            let streams = Set(try Int64.fetchAll(database, sql: "SELECT id FROM streams"))
            for key in keys where streams.contains(key.stream) {
                try insert(key, replacing: true, in: database)
            }
        }
        let finding = try copy.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
        try copy.close()
        guard finding == "ok" else {
            throw ServiceError(.internalFailure, "The copy of the catalogue is damaged: \(finding ?? "")")
        }
    }

    /// The queues of a copy by ID; blocking.
    static func queueIDs(ofCopy path: String) throws -> [Int64] {
        let copy = try DatabaseQueue(path: path)
        let ids = try copy.read { try Int64.fetchAll($0, sql: "SELECT id FROM queues ORDER BY id") }
        try copy.close()
        return ids
    }

    /// The streams of a copy by ID, each with the number of its newest shard; blocking.
    static func newestShards(ofCopy path: String) throws -> [Int64: UInt32] {
        let copy = try DatabaseQueue(path: path)
        let rows = try copy.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT streams.id AS id, max(shards.number) AS number
                    FROM streams JOIN shards ON shards.stream_id = streams.id GROUP BY streams.id
                    """
            ).map { ($0["id"] as Int64, $0["number"] as UInt32) }
        }
        try copy.close()
        return Dictionary(rows) { first, _ in first }
    }
}
