import GRDB
import WeirModel

extension Catalogue {
    /// The commitment of the account.
    func commitment() async throws(ServiceError) -> ThroughputCommitment {
        try await read { database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT commitment_started_at, commitment_ends_at FROM store"
            )
            func time(_ column: String) -> Timestamp? {
                (row?[column] as Int64?).map { Timestamp(millisecondsSinceEpoch: $0) }
            }
            return ThroughputCommitment(
                startedAt: time("commitment_started_at"),
                endsAt: time("commitment_ends_at")
            )
        }
    }

    /// Replaces the commitment of the account.
    func setCommitment(_ commitment: ThroughputCommitment) async throws(ServiceError) {
        try await write { database in
            try database.execute(
                sql: "UPDATE store SET commitment_started_at = ?, commitment_ends_at = ?",
                arguments: [
                    commitment.startedAt?.millisecondsSinceEpoch, commitment.endsAt?.millisecondsSinceEpoch,
                ]
            )
        }
    }

    /// The policy of a stream or of a consumer of it; nil when there is none.
    func policy(stream id: Int64, consumer: String?) async throws(ServiceError) -> String? {
        try await read { database in
            try String.fetchOne(
                database,
                sql: "SELECT policy FROM resource_policies WHERE stream_id = ? AND consumer = ?",
                arguments: [id, consumer ?? ""]
            )
        }
    }

    /// Sets or removes the policy of a stream or of a consumer of it. Returns whether there was one.
    func setPolicy(_ policy: String?, stream id: Int64, consumer: String?) async throws(ServiceError) -> Bool {
        try await write { database in
            try database.execute(
                sql: "DELETE FROM resource_policies WHERE stream_id = ? AND consumer = ?",
                arguments: [id, consumer ?? ""]
            )
            let existed = database.changesCount > 0
            if let policy {
                try database.execute(
                    sql: "INSERT INTO resource_policies (stream_id, consumer, policy) VALUES (?, ?, ?)",
                    arguments: [id, consumer ?? "", policy]
                )
            }
            return existed
        }
    }
}
