import Synchronization
import WeirModel
import WeirRuntime
import WeirWire

/// Tells those who watch tables what was changed in them. The shell of ``ChangeFeedStateMachine``.
final class ChangeFeed: Sendable {
    private let machine: Mutex<ChangeFeedStateMachine>
    /// As `machine.tableCount`, so that a write need not take the lock where nobody watches.
    private let tableCount = Atomic(0)
    private let watch = ResourceWatch<String>()
    private let time: any TimeSource

    init(limits: ChangeFeedStateMachine.Limits = .init(), time: any TimeSource) {
        machine = Mutex(ChangeFeedStateMachine(limits: limits))
        self.time = time
    }

    /// How many readers wait or are about to.
    var watchCount: Int { watch.watchCount }

    // MARK: What happens to tables

    // These are called between the commits of two transactions, or inside of one.

    /// Whether somebody watches a table.
    func isWatched(_ table: String) -> Bool {
        tableCount.load(ordering: .sequentiallyConsistent) > 0 && machine.withLock { $0.isWatched(table) }
    }

    /// Keeps the changes of a table from now on. Throws `limitExceeded`.
    func begin(_ table: String) throws(ServiceError) -> TableCursor {
        let epoch = UInt64.random(in: 0 ... .max)
        guard let cursor = change({ $0.begin(table, epoch: epoch, at: time.monotonicNanoseconds) }) else {
            throw ServiceError(
                .limitExceeded,
                "Changes are told of at most \(Limits.maximumWatchedTableCount) tables at a time."
            )
        }
        return cursor
    }

    /// Items were changed, and the changes are durable.
    func add(_ changes: [(table: String, change: ChangeRing.Change)]) {
        let now = time.monotonicNanoseconds
        change { machine in for (table, change) in changes { machine.add(change, to: table, at: now) } }
        watch.signal(changes.lazy.map(\.table))
    }

    /// A table is gone: whoever waits for its changes is woken.
    func tableWasDeleted(_ table: String) {
        change { $0.remove(table) }
        watch.signal([table])
    }

    /// The end: whoever waits is woken.
    func close() {
        change { $0.close() }
        watch.signalAll()
    }

    private func change<Result>(_ body: (inout ChangeFeedStateMachine) -> Result) -> Result {
        machine.withLock { machine in
            defer { tableCount.store(machine.tableCount, ordering: .sequentiallyConsistent) }
            return body(&machine)
        }
    }

    // MARK: Reading

    /// The changes of a table behind a place; nil when they are not kept, or not all of them.
    func changes(
        of table: String,
        after cursor: TableCursor,
        count: Int,
        bytes: Int
    ) throws(ServiceError) -> TableChanges? {
        let now = time.monotonicNanoseconds
        let found = machine.withLock { $0.changes(of: table, after: cursor, count: count, bytes: bytes, at: now) }
        guard let found else { return nil }
        var items: [ChangedItem] = []
        for change in found.changes {
            guard let item = change.item else {
                throw ServiceError(.internalFailure, "A change of table \(table) is damaged.")
            }
            items.append(item)
        }
        return .changes(items, next: found.next)
    }

    /// Waits until a read from a place would give something, or nil; or until the task is cancelled.
    func wait(for table: String, after cursor: TableCursor) async {
        await watch.wait(for: table) { machine.withLock { $0.hasNews(of: table, after: cursor) } }
    }
}
