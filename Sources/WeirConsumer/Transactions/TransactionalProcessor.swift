extension RecordHandler {
    /// Handles as many records at a time as were fetched, each batch in one transaction of a database that also notes the
    /// position: every record takes effect exactly once (see ``TransactionalStore``).
    ///
    /// The handler gets only records that have not taken effect, never none, and must do all it does through the
    /// transaction. When it throws, the transaction is undone, and the failure policy decides, as with any handler. A record
    /// that was given up has no effect, and the position passes it with the next batch. The lease table has a checkpoint too,
    /// which is never ahead of the database.
    ///
    /// The records of a shard are handled in order: with a `parallelismPerShard` above 1 the worker does not start.
    public static func transactions<Store: TransactionalStore>(
        in store: Store,
        _ handle: @escaping @Sendable (RecordBatch, Store.Transaction, ShardContext) throws -> Void
    ) -> RecordHandler {
        RecordHandler(
            makeProcessor: { _ in TransactionalProcessor(store: store, handle: handle) },
            isOneByOne: false,
            // One position tells of a whole shard: what came before it counts as done.
            needsShardOrder: true
        )
    }
}

/// Lets records take effect in the transaction that notes their position.
struct TransactionalProcessor<Store: TransactionalStore>: RecordProcessor {
    let store: Store
    let handle: @Sendable (RecordBatch, Store.Transaction, ShardContext) throws -> Void

    func process(_ batch: RecordBatch, _ shard: ShardContext) async throws {
        guard let last = batch.position else { return }
        let key = ShardKey(shard)
        try await store.transaction { transaction in
            let passed = try store.position(of: key, in: transaction)
            let fresh = batch.records(after: passed)
            guard !fresh.isEmpty else { return }
            try handle(fresh, transaction, shard)
            try store.setPosition(last, of: key, in: transaction)
        }
    }
}

extension RecordBatch {
    /// The position of the last record; nil when there are no records.
    public var position: RecordPosition? { last.map(RecordPosition.init) }

    /// The records behind a position; all when there is none.
    public func records(after position: RecordPosition?) -> RecordBatch {
        guard let position else { return self }
        // In order: those that were passed come first.
        let start = firstIndex { position < RecordPosition($0) } ?? endIndex
        return self[from: start]
    }
}
