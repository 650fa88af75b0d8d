import WeirModel

/// Of which tables the changes are kept, and until when: no I/O, the time passed in.
struct ChangeFeedStateMachine {
    /// What is kept, and for how long.
    struct Limits: Hashable {
        /// Of one table.
        var ring = ChangeRing.Limits()
        /// Tables, at most.
        var tables = WeirModel.Limits.maximumWatchedTableCount
        /// So many nanoseconds after it was last asked for, a ring is dropped.
        var retention = UInt64(WeirModel.Limits.changeRetentionInSeconds) * 1_000_000_000
    }

    private struct Watched {
        var ring: ChangeRing
        var askedAt: UInt64
    }

    private let limits: Limits
    private var tables: [String: Watched] = [:]
    private var isClosed = false

    init(limits: Limits = Limits()) { self.limits = limits }

    /// How many tables are watched.
    var tableCount: Int { tables.count }

    /// Bytes of all changes that are kept.
    var size: Int { tables.values.reduce(0) { $0 + $1.ring.size } }

    /// Whether the changes of a table are kept.
    func isWatched(_ table: String) -> Bool { tables[table] != nil }

    /// Keeps the changes of a table from now on, if they are not kept already. A new ring has the epoch.
    ///
    /// - Returns: the place behind the last of them; nil when too many tables are watched.
    mutating func begin(_ table: String, epoch: UInt64, at now: UInt64) -> TableCursor? {
        if tables[table] == nil {
            dropUnasked(at: now)
            guard tables.count < limits.tables else { return nil }
        }
        let ring = tables[table]?.ring ?? ChangeRing(epoch: epoch, limits: limits.ring)
        // After the end nothing comes any more, and nothing is kept.
        if !isClosed { tables[table] = Watched(ring: ring, askedAt: now) }
        return ring.end
    }

    /// An item of a table was changed.
    mutating func add(_ change: ChangeRing.Change, to table: String, at now: UInt64) {
        guard let watched = tables[table] else { return }
        if now >= watched.askedAt + limits.retention {
            tables[table] = nil
        } else {
            tables[table]?.ring.add(change)
        }
    }

    /// The changes of a table behind a place; nil when they are not kept, or not all of them.
    mutating func changes(
        of table: String,
        after cursor: TableCursor,
        count: Int,
        bytes: Int,
        at now: UInt64
    ) -> (changes: ArraySlice<ChangeRing.Change>, next: TableCursor)? {
        guard let changes = tables[table]?.ring.changes(after: cursor, count: count, bytes: bytes) else { return nil }
        tables[table]?.askedAt = now
        return changes
    }

    /// Whether a read from a place would give something, or nil.
    func hasNews(of table: String, after cursor: TableCursor) -> Bool {
        tables[table]?.ring.hasNews(after: cursor) ?? true
    }

    /// A table was deleted.
    mutating func remove(_ table: String) { tables[table] = nil }

    /// The end: nothing is kept any more.
    mutating func close() {
        isClosed = true
        tables = [:]
    }

    private mutating func dropUnasked(at now: UInt64) {
        tables = tables.filter { now < $0.value.askedAt + limits.retention }
    }
}
