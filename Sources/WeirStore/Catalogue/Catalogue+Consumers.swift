import GRDB
import WeirModel

extension Catalogue {
    /// Adds a consumer with its tags.
    func insert(_ consumer: ConsumerDescription, stream id: Int64) async throws(ServiceError) {
        try await write { database in
            try database.execute(
                sql: "INSERT INTO consumers (stream_id, name, created_at) VALUES (?, ?, ?)",
                arguments: [id, consumer.name, consumer.createdAt.millisecondsSinceEpoch]
            )
            try Self.insert(tags: consumer.tags, consumer: consumer.name, stream: id, in: database)
        }
    }

    /// Removes a consumer, its tags and its policy.
    func delete(_ consumer: ConsumerDescription, stream id: Int64) async throws(ServiceError) {
        try await write { database in
            try database.execute(
                sql: "DELETE FROM consumers WHERE stream_id = ? AND name = ?",
                arguments: [id, consumer.name]
            )
            try database.execute(
                sql: "DELETE FROM resource_policies WHERE stream_id = ? AND consumer = ?",
                arguments: [id, consumer.policyName]
            )
        }
    }

    /// Replaces the tags of a consumer.
    func setTags(_ tags: [String: String], consumer name: String, stream id: Int64) async throws(ServiceError) {
        try await write { database in
            try database.execute(
                sql: "DELETE FROM consumer_tags WHERE stream_id = ? AND consumer = ?",
                arguments: [id, name]
            )
            try Self.insert(tags: tags, consumer: name, stream: id, in: database)
        }
    }

    /// The consumers of a stream, by ascending name.
    static func consumers(ofStream id: Int64, in database: Database) throws -> [ConsumerDescription] {
        try Row.fetchAll(
            database,
            sql: "SELECT name, created_at FROM consumers WHERE stream_id = ? ORDER BY name",
            arguments: [id]
        ).map { row in
            let name: String = row["name"]
            let tags = try Row.fetchAll(
                database,
                sql: "SELECT key, value FROM consumer_tags WHERE stream_id = ? AND consumer = ?",
                arguments: [id, name]
            ).map { ($0["key"] as String, $0["value"] as String) }
            return ConsumerDescription(
                name: name,
                createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]),
                tags: Dictionary(tags) { first, _ in first }
            )
        }
    }

    private static func insert(
        tags: [String: String],
        consumer name: String,
        stream id: Int64,
        in database: Database
    ) throws {
        for (key, value) in tags {
            try database.execute(
                sql: "INSERT INTO consumer_tags (stream_id, consumer, key, value) VALUES (?, ?, ?, ?)",
                arguments: [id, name, key, value]
            )
        }
    }
}
