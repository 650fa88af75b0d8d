import FoundationEssentials
import GRDB
import WeirModel

/// A stream as the catalogue holds it.
struct CataloguedStream: Sendable {
    /// The stream.
    var description: StreamDescription
    /// Records before this time are gone for good.
    var agedOutBefore: Timestamp
    /// The changes that count for its daily limits.
    var recentChanges = RecentChanges()
}

/// What the catalogue remembers about all streams there ever were.
struct StreamCounters: Sendable {
    /// The ID of the next stream.
    var nextStreamID: Int64
    /// When the newest stream was made, by its own account.
    var lastCreatedAt: Timestamp
}

extension Catalogue {
    /// All streams, in no order, and the counters.
    func streams() async throws(ServiceError) -> (streams: [CataloguedStream], counters: StreamCounters) {
        try await read { database in
            guard let store = try Row.fetchOne(database, sql: "SELECT next_stream_id, last_created_at FROM store")
            else {
                throw ServiceError(.internalFailure, "The catalogue has no counters.")
            }
            let counters = StreamCounters(
                nextStreamID: store["next_stream_id"],
                lastCreatedAt: Timestamp(millisecondsSinceEpoch: store["last_created_at"])
            )
            let streams = try Row.fetchAll(database, sql: "SELECT * FROM streams").map { row in
                try Self.stream(row, in: database)
            }
            return (streams, counters)
        }
    }

    /// Adds a stream, and moves the counters past it.
    func insert(_ stream: CataloguedStream) async throws(ServiceError) {
        try await write { database in
            let description = stream.description
            try database.execute(
                sql: """
                    INSERT INTO streams (id, name, created_at, retention_hours, aged_out_before) VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    description.id, description.name, description.createdAt.millisecondsSinceEpoch,
                    description.retentionHours, stream.agedOutBefore.millisecondsSinceEpoch,
                ]
            )
            try Self.update(description.settings, stream: description.id, in: database)
            try Self.insert(tags: description.tags, stream: description.id, in: database)
            try Self.insert(description.shards, stream: description.id, in: database)
            try database.execute(
                sql: """
                    UPDATE store SET next_stream_id = max(next_stream_id, ?), last_created_at = max(last_created_at, ?)
                    """,
                arguments: [description.id + 1, description.createdAt.millisecondsSinceEpoch]
            )
        }
    }

    /// Removes a stream.
    func deleteStream(id: Int64) async throws(ServiceError) {
        try await write { try $0.execute(sql: "DELETE FROM streams WHERE id = ?", arguments: [id]) }
    }

    /// Closes and opens the shards of a reshard, all or none.
    func apply(_ outcome: ReshardPlan.Outcome, stream id: Int64) async throws(ServiceError) {
        try await write { database in
            for shard in outcome.closed {
                try database.execute(
                    sql: "UPDATE shards SET ending_index = ?, closed_at = ? WHERE stream_id = ? AND number = ?",
                    arguments: [
                        shard.endingSequenceNumber.map { Int64($0.index) }, shard.closedAt?.millisecondsSinceEpoch,
                        id, shard.id.number,
                    ]
                )
            }
            try Self.insert(outcome.opened, stream: id, in: database)
            if let kind = outcome.kind { try Self.note(kind, at: outcome.time, stream: id, in: database) }
        }
    }

    /// Removes shards.
    func dropShards(_ shards: [ShardID], stream id: Int64) async throws(ServiceError) {
        try await write { database in
            for shard in shards {
                try database.execute(
                    sql: "DELETE FROM shards WHERE stream_id = ? AND number = ?",
                    arguments: [id, shard.number]
                )
            }
        }
    }

    /// Sets how long records are kept.
    func setRetention(stream id: Int64, hours: Int, agedOutBefore: Timestamp) async throws(ServiceError) {
        try await write { database in
            try database.execute(
                sql: "UPDATE streams SET retention_hours = ?, aged_out_before = ? WHERE id = ?",
                arguments: [hours, agedOutBefore.millisecondsSinceEpoch, id]
            )
        }
    }

    /// Replaces the tags of a stream.
    func setTags(_ tags: [String: String], stream id: Int64) async throws(ServiceError) {
        try await write { database in
            try database.execute(sql: "DELETE FROM stream_tags WHERE stream_id = ?", arguments: [id])
            try Self.insert(tags: tags, stream: id, in: database)
        }
    }

    // MARK: Rows

    private static func insert(tags: [String: String], stream id: Int64, in database: Database) throws {
        for (key, value) in tags {
            try database.execute(
                sql: "INSERT INTO stream_tags (stream_id, key, value) VALUES (?, ?, ?)",
                arguments: [id, key, value]
            )
        }
    }

    private static func stream(_ row: Row, in database: Database) throws -> CataloguedStream {
        let id: Int64 = row["id"]
        let createdAt = Timestamp(millisecondsSinceEpoch: row["created_at"])
        let shards = try Row.fetchAll(
            database,
            sql: "SELECT * FROM shards WHERE stream_id = ? ORDER BY number",
            arguments: [id]
        ).map { try shard($0, streamEpoch: createdAt.millisecondsSinceEpoch) }
        let tags = try Row.fetchAll(
            database,
            sql: "SELECT key, value FROM stream_tags WHERE stream_id = ?",
            arguments: [id]
        ).map { ($0["key"] as String, $0["value"] as String) }
        var description = StreamDescription(
            name: row["name"],
            id: id,
            createdAt: createdAt,
            status: .active,
            retentionHours: row["retention_hours"],
            shards: shards,
            tags: Dictionary(tags) { first, _ in first },
            settings: try settings(row)
        )
        description.consumers = try consumers(ofStream: id, in: database)
        return CataloguedStream(
            description: description,
            agedOutBefore: Timestamp(millisecondsSinceEpoch: row["aged_out_before"]),
            recentChanges: try recentChanges(stream: id, in: database)
        )
    }

    private static func shard(_ row: Row, streamEpoch: Int64) throws -> ShardDescription {
        let number: UInt32 = row["number"]
        let startingIndex: Int64 = row["starting_index"]
        let endingIndex: Int64? = row["ending_index"]
        func sequenceNumber(_ index: Int64) -> SequenceNumber {
            SequenceNumber(streamEpoch: streamEpoch, shard: number, index: UInt64(bitPattern: index))
        }
        return ShardDescription(
            id: ShardID(number),
            parent: (row["parent"] as UInt32?).map { ShardID($0) },
            adjacentParent: (row["adjacent_parent"] as UInt32?).map { ShardID($0) },
            hashKeyRange: HashKeyRange(
                starting: try hashKey(row["starting_hash_key"]),
                ending: try hashKey(row["ending_hash_key"])
            ),
            startingSequenceNumber: sequenceNumber(startingIndex),
            endingSequenceNumber: endingIndex.map(sequenceNumber),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]),
            closedAt: (row["closed_at"] as Int64?).map { Timestamp(millisecondsSinceEpoch: $0) }
        )
    }

    private static func insert(_ shards: [ShardDescription], stream id: Int64, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO shards (stream_id, number, parent, adjacent_parent, starting_hash_key, ending_hash_key,
                    starting_index, ending_index, created_at, closed_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        )
        for shard in shards {
            try statement.execute(arguments: [
                id, shard.id.number, shard.parent?.number, shard.adjacentParent?.number,
                blob(shard.hashKeyRange.starting), blob(shard.hashKeyRange.ending),
                Int64(shard.startingSequenceNumber.index), shard.endingSequenceNumber.map { Int64($0.index) },
                shard.createdAt.millisecondsSinceEpoch, shard.closedAt?.millisecondsSinceEpoch,
            ])
        }
    }

    private static func blob(_ key: HashKey) -> Data {
        withUnsafeBytes(of: key.value.bigEndian) { Data($0) }
    }

    private static func hashKey(_ blob: Data) throws -> HashKey {
        guard blob.count == 16 else {
            throw ServiceError(.internalFailure, "The catalogue has a hash key of \(blob.count) bytes instead of 16.")
        }
        return HashKey(blob.withUnsafeBytes { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) })
    }
}
