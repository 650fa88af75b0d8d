import GRDB
import NIOCore
import WeirConsumer

/// Adds numbers up, each exactly once: a record's data is a decimal number, and counts for its partition key.
struct Totals: Sendable {
    let store: SQLitePositions

    init(path: String) throws {
        store = try SQLitePositions(path: path)
        try store.database.write { database in
            try database.execute(
                sql:
                    "CREATE TABLE IF NOT EXISTS totals (key TEXT PRIMARY KEY, total INTEGER NOT NULL, count INTEGER NOT NULL)"
            )
        }
    }

    /// What a worker does with records.
    var handler: RecordHandler {
        .transactions(in: store) { batch, database, _ in
            for record in batch { try Self.add(record, to: database) }
        }
    }

    static func add(_ record: ConsumerRecord, to database: Database) throws {
        guard let number = Int(String(buffer: record.data)) else { throw RecordRejection("no number") }
        try database.execute(
            sql: """
                INSERT INTO totals VALUES (?, ?, 1)
                ON CONFLICT (key) DO UPDATE SET total = total + excluded.total, count = count + 1
                """,
            arguments: [record.partitionKey, number]
        )
    }

    /// The totals and how many numbers they are of, by key.
    func read() throws -> [String: (total: Int, count: Int)] {
        try store.database.read { database in
            var totals: [String: (total: Int, count: Int)] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT key, total, count FROM totals") {
                totals[row[0]] = (total: row[1], count: row[2])
            }
            return totals
        }
    }
}
