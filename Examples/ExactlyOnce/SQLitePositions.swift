import GRDB
import WeirConsumer

/// An SQLite database as a transactional store: its positions are rows of a table of their own.
struct SQLitePositions: TransactionalStore {
    let database: DatabasePool

    /// Opens the database, which several processes may share, and makes the table of positions when it is not there.
    init(path: String) throws {
        var configuration = Configuration()
        // Other processes may hold the database for a moment.
        configuration.busyMode = .timeout(30)
        database = try DatabasePool(path: path, configuration: configuration)
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS shard_positions (
                        application TEXT NOT NULL, stream TEXT NOT NULL, shard TEXT NOT NULL,
                        sequence_number TEXT NOT NULL, sub_sequence_number INTEGER NOT NULL,
                        PRIMARY KEY (application, stream, shard)
                    ) WITHOUT ROWID
                    """
            )
        }
    }

    func transaction(_ body: @Sendable (Database) throws -> Void) async throws {
        // Begins with BEGIN IMMEDIATE, so that nobody comes between the read of a position and its write; commits at the end,
        // and is undone when the body throws.
        try await database.write(body)
    }

    func position(of shard: ShardKey, in database: Database) throws -> RecordPosition? {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT sequence_number, sub_sequence_number FROM shard_positions
                WHERE application = ? AND stream = ? AND shard = ?
                """,
            arguments: [shard.applicationName, shard.streamName, shard.shardID]
        )
        return row.map { RecordPosition(sequenceNumber: $0[0], subSequenceNumber: $0[1]) }
    }

    func setPosition(_ position: RecordPosition, of shard: ShardKey, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO shard_positions VALUES (?, ?, ?, ?, ?)",
            arguments: [
                shard.applicationName, shard.streamName, shard.shardID, position.sequenceNumber,
                position.subSequenceNumber,
            ]
        )
    }
}
