import WeirConsumer
import WeirLeases

/// Which worker holds which shard: what the demo waits for and shows.
struct ShareTable: Hashable {
    /// A shard that is not ended, and who holds its lease.
    struct Row: Hashable {
        var shardID: String
        var owner: String?
    }

    var rows: [Row]

    init(rows: [Row]) { self.rows = rows.sorted { $0.shardID < $1.shardID } }

    /// How many shards each of the workers holds.
    func count(of worker: String) -> Int { rows.count { $0.owner == worker } }

    /// Whether just these workers hold all `shardCount` shards, no two of them more than one apart.
    func isShared(by workers: [String], shardCount: Int) -> Bool {
        guard rows.count == shardCount, rows.allSatisfy({ $0.owner.map(workers.contains) ?? false }) else {
            return false
        }
        let counts = workers.map(count)
        return (counts.max() ?? 0) - (counts.min() ?? 0) <= 1
    }

    /// For example `2 / 2`.
    func share(of workers: [String]) -> String { workers.map { "\(count(of: $0))" }.joined(separator: " / ") }
}
