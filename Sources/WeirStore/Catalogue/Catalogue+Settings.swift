import GRDB
import WeirModel

extension Catalogue {
    /// Replaces the settings of a stream, and notes the change where it counts for a daily limit.
    func setSettings(
        _ settings: StreamSettings,
        counting kind: RecentChanges.Kind?,
        at now: Timestamp,
        stream id: Int64
    ) async throws(ServiceError) {
        try await write { database in
            try Self.update(settings, stream: id, in: database)
            if let kind { try Self.note(kind, at: now, stream: id, in: database) }
        }
    }

    /// Writes the settings of a stream into its row.
    static func update(_ settings: StreamSettings, stream id: Int64, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE streams SET mode = ?, maximum_record_size = ?, encryption_key_id = ?, shard_level_metrics = ?,
                    warm_throughput = ?, distribution = ? WHERE id = ?
                """,
            arguments: [
                settings.mode.rawValue, settings.maximumRecordSizeInKiB, settings.encryptionKeyID,
                settings.shardLevelMetrics.map(\.rawValue).sorted().joined(separator: ","),
                settings.warmThroughputMiBps, settings.distribution.rawValue, id,
            ]
        )
    }

    /// The settings in a stream's row.
    static func settings(_ row: Row) throws -> StreamSettings {
        let metrics = (row["shard_level_metrics"] as String).split(separator: ",").map(String.init)
        return StreamSettings(
            mode: try value(row["mode"]),
            maximumRecordSizeInKiB: row["maximum_record_size"],
            encryptionKeyID: row["encryption_key_id"],
            shardLevelMetrics: Set(try metrics.map(value)),
            warmThroughputMiBps: row["warm_throughput"],
            distribution: try value(row["distribution"])
        )
    }

    /// The changes of a stream that count for its daily limits.
    static func recentChanges(stream id: Int64, in database: Database) throws -> RecentChanges {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT kind, changed_at FROM stream_changes WHERE stream_id = ? ORDER BY changed_at",
            arguments: [id]
        )
        var changes = RecentChanges()
        for row in rows {
            changes.add(try value(row["kind"]), at: Timestamp(millisecondsSinceEpoch: row["changed_at"]))
        }
        return changes
    }

    /// Notes a change, and drops those that do not count any more.
    static func note(
        _ kind: RecentChanges.Kind,
        at now: Timestamp,
        stream id: Int64,
        in database: Database
    ) throws {
        try database.execute(
            sql: "DELETE FROM stream_changes WHERE stream_id = ? AND changed_at <= ?",
            arguments: [id, now.millisecondsSinceEpoch - RecentChanges.period]
        )
        try database.execute(
            sql: "INSERT INTO stream_changes (stream_id, kind, changed_at) VALUES (?, ?, ?)",
            arguments: [id, kind.rawValue, now.millisecondsSinceEpoch]
        )
    }

    private static func value<Value: RawRepresentable<String>>(_ text: String) throws -> Value {
        guard let value = Value(rawValue: text) else {
            throw ServiceError(.internalFailure, "The catalogue has a \(Value.self) that is unknown: \(text).")
        }
        return value
    }
}
