import FoundationEssentials
import GRDB
import WeirModel

extension Catalogue {
    /// The data keys of all streams, wrapped, by stream and number.
    func dataKeys() async throws(ServiceError) -> [WrappedDataKey] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM stream_keys ORDER BY stream_id, number").map { row in
                WrappedDataKey(
                    stream: row["stream_id"],
                    number: row["number"],
                    keyID: row["key_id"],
                    master: [UInt8](row["master"] as Data),
                    wrapped: [UInt8](row["wrapped"] as Data),
                    createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"])
                )
            }
        }
    }

    /// Adds a data key. Throws `resourceNotFound` when the stream is not there any more.
    func insert(_ key: WrappedDataKey) async throws(ServiceError) {
        try await write { database in
            let isThere = try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM streams WHERE id = ?)",
                arguments: [key.stream]
            )
            guard isThere == true else { throw ServiceError(.resourceNotFound, "Stream \(key.stream) is gone.") }
            try Self.insert(key, in: database)
        }
    }

    /// Puts data keys in the places of those of the same streams and numbers, all or none.
    func replace(_ keys: [WrappedDataKey]) async throws(ServiceError) {
        try await write { database in
            for key in keys { try Self.insert(key, replacing: true, in: database) }
        }
    }

    static func insert(_ key: WrappedDataKey, replacing: Bool = false, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT \(replacing ? "OR REPLACE" : "") INTO stream_keys
                    (stream_id, number, key_id, master, wrapped, created_at) VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                key.stream, key.number, key.keyID, Data(key.master), Data(key.wrapped),
                key.createdAt.millisecondsSinceEpoch,
            ]
        )
    }
}
