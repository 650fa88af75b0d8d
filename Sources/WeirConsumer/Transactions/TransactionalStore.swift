/// A database that holds what an application makes of records, and beside it how far it has come: exactly once.
///
/// Records are delivered at least once. Where their effect and the position of the last one are written in the same
/// transaction, a record that comes again finds its position passed, and is left out. So each record takes effect once,
/// whatever is repeated: after a crash between effect and checkpoint, a time-out of a commit that did happen, or two workers
/// that hold a shard for a moment both.
///
/// Needed of the database: transactions of which two that read and write the position of the same shard do not both commit
/// unless one ran after the other. That is so with `SERIALIZABLE`, with a position read by `SELECT … FOR UPDATE`, and with
/// SQLite's `BEGIN IMMEDIATE`. The example ExactlyOnce shows one with SQLite.
///
/// A database whose calls are asynchronous needs no store: in its transaction a handler of batches reads the position, takes
/// ``RecordBatch/records(after:)``, and writes ``RecordBatch/position``.
public protocol TransactionalStore: Sendable {
    /// What reads and writes inside a transaction take.
    associatedtype Transaction

    /// Runs the body in a transaction, which is committed when it returns and undone when it throws. The body may be run
    /// again where the database asks for it: only its last run counts.
    func transaction(_ body: @Sendable (Transaction) throws -> Void) async throws

    /// The position that was noted last for a shard; nil when none was.
    func position(of shard: ShardKey, in transaction: Transaction) throws -> RecordPosition?

    /// Notes a position for a shard.
    func setPosition(_ position: RecordPosition, of shard: ShardKey, in transaction: Transaction) throws
}
