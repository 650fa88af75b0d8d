/// Processes the records of one shard, for as long as this worker holds its lease. One call at a time,
/// unless ``ConsumerWorker/Configuration/parallelismPerShard`` allows more.
///
/// A record counts as processed when `process` returns, and is checkpointed after that. It may be processed again: after
/// a crash, or when an error of its batch was thrown after it was dealt with.
public protocol RecordProcessor: Sendable {
    /// Called once before the first records. What a worker before prepared and did not commit is in
    /// ``ShardContext/pendingCheckpoint``. An error is logged, and the call repeated.
    func initialize(_ shard: ShardContext) async throws
    /// Processes records, in order. An error means: not processed (see ``FailurePolicy``).
    func process(_ batch: RecordBatch, _ shard: ShardContext) async throws
    /// The lease went to another worker, which may be processing already. No checkpoint is possible any more.
    func leaseLost(_ shard: ShardContext) async
    /// All records of the shard were processed. When it returns, the shard is checkpointed as ended; an error is
    /// logged, and the call repeated.
    func shardEnded(_ shard: ShardContext) async throws
    /// The shard goes to another worker, because this one shuts down or evens the load, or its stream is not read any more. A last checkpoint is possible,
    /// unless the shutdown took too long and the task was cancelled.
    func shutdownRequested(_ shard: ShardContext) async
}

extension RecordProcessor {
    public func initialize(_ shard: ShardContext) async throws {}
    public func leaseLost(_ shard: ShardContext) async {}
    public func shardEnded(_ shard: ShardContext) async throws {}
    public func shutdownRequested(_ shard: ShardContext) async {}
}

/// What a worker does with records: a closure for each, a closure for batches, or a ``RecordProcessor`` for each shard.
public struct RecordHandler: Sendable {
    /// Makes the processor of a shard.
    let makeProcessor: @Sendable (ShardContext) -> any RecordProcessor
    /// Whether records are handed over one by one.
    let isOneByOne: Bool
    /// Whether it must get the records of a shard in order, and not only those of a key.
    var needsShardOrder = false

    /// Handles records one by one.
    public static func records(
        _ handle: @escaping @Sendable (ConsumerRecord, ShardContext) async throws -> Void
    ) -> RecordHandler {
        RecordHandler(
            makeProcessor: { _ in
                ClosureProcessor { batch, shard in
                    for record in batch { try await handle(record, shard) }
                }
            },
            isOneByOne: true
        )
    }

    /// Handles as many records at a time as were fetched.
    public static func batches(
        _ handle: @escaping @Sendable (RecordBatch, ShardContext) async throws -> Void
    ) -> RecordHandler {
        RecordHandler(makeProcessor: { _ in ClosureProcessor(handle: handle) }, isOneByOne: false)
    }

    /// Makes a processor for each shard that the worker takes.
    public static func processors(
        _ make: @escaping @Sendable (ShardContext) -> any RecordProcessor
    ) -> RecordHandler {
        RecordHandler(makeProcessor: make, isOneByOne: false)
    }
}

private struct ClosureProcessor: RecordProcessor {
    let handle: @Sendable (RecordBatch, ShardContext) async throws -> Void

    func process(_ batch: RecordBatch, _ shard: ShardContext) async throws { try await handle(batch, shard) }
}
