import GRDB
import WeirModel

extension Catalogue {
    /// All queues, in no order, and the ID of the next one.
    func queues() async throws(ServiceError) -> (queues: [QueueDescription], nextID: Int64) {
        try await read { database in
            let next = try Int64.fetchOne(database, sql: "SELECT next_queue_id FROM store") ?? 1
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT queues.*, streams.name AS stream_name, streams.created_at AS stream_created_at
                    FROM queues JOIN streams ON streams.id = queues.stream_id
                    """
            )
            return (try rows.map { try Self.queue($0, in: database) }, next)
        }
    }

    /// Adds a queue with its tags, and moves the counter past it.
    func insert(_ queue: QueueDescription) async throws(ServiceError) {
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO queues (id, resource_id, name, stream_id, created_at, start, starts_at, visibility_timeout,
                        maximum_receive_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    queue.id, queue.resourceID, queue.name, queue.streamID, queue.createdAt.millisecondsSinceEpoch,
                    queue.start.name, queue.startsAt.millisecondsSinceEpoch,
                    queue.attributes.visibilityTimeoutSeconds, queue.attributes.maximumReceiveCount,
                ]
            )
            try Self.insert(tags: queue.tags, queue: queue.id, in: database)
            try database.execute(
                sql: "UPDATE store SET next_queue_id = max(next_queue_id, ?)",
                arguments: [queue.id + 1]
            )
        }
    }

    /// Removes a queue, its tags and its policy.
    func deleteQueue(id: Int64) async throws(ServiceError) {
        try await write { try $0.execute(sql: "DELETE FROM queues WHERE id = ?", arguments: [id]) }
    }

    /// Changes how a queue delivers.
    func setAttributes(_ attributes: QueueAttributes, queue id: Int64) async throws(ServiceError) {
        try await write { database in
            try database.execute(
                sql: "UPDATE queues SET visibility_timeout = ?, maximum_receive_count = ? WHERE id = ?",
                arguments: [attributes.visibilityTimeoutSeconds, attributes.maximumReceiveCount, id]
            )
        }
    }

    /// Replaces the tags of a queue.
    func setTags(_ tags: [String: String], queue id: Int64) async throws(ServiceError) {
        try await write { database in
            try database.execute(sql: "DELETE FROM queue_tags WHERE queue_id = ?", arguments: [id])
            try Self.insert(tags: tags, queue: id, in: database)
        }
    }

    /// Sets or removes the policy of a queue.
    func setPolicy(_ policy: String?, queue id: Int64) async throws(ServiceError) {
        try await write { database in
            try database.execute(sql: "UPDATE queues SET policy = ? WHERE id = ?", arguments: [policy, id])
        }
    }

    private static func insert(tags: [String: String], queue id: Int64, in database: Database) throws {
        for (key, value) in tags {
            try database.execute(
                sql: "INSERT INTO queue_tags (queue_id, key, value) VALUES (?, ?, ?)",
                arguments: [id, key, value]
            )
        }
    }

    private static func queue(_ row: Row, in database: Database) throws -> QueueDescription {
        let id: Int64 = row["id"]
        let tags = try Row.fetchAll(
            database,
            sql: "SELECT key, value FROM queue_tags WHERE queue_id = ?",
            arguments: [id]
        ).map { ($0["key"] as String, $0["value"] as String) }
        let startsAt = Timestamp(millisecondsSinceEpoch: row["starts_at"])
        guard let start = QueueStart(name: row["start"], at: startsAt) else {
            throw ServiceError(.internalFailure, "The catalogue has a queue that begins at \(row["start"] as String).")
        }
        return QueueDescription(
            id: id,
            resourceID: row["resource_id"],
            name: row["name"],
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]),
            streamID: row["stream_id"],
            streamName: row["stream_name"],
            streamCreatedAt: Timestamp(millisecondsSinceEpoch: row["stream_created_at"]),
            start: start,
            startsAt: startsAt,
            attributes: QueueAttributes(
                visibilityTimeoutSeconds: row["visibility_timeout"],
                maximumReceiveCount: row["maximum_receive_count"]
            ),
            tags: Dictionary(tags) { first, _ in first },
            policy: row["policy"]
        )
    }
}
