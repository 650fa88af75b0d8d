import WeirModel
import WeirWire

/// An item named by its table and key.
public struct ItemReference: Hashable, Sendable {
    /// The table.
    public var table: String
    /// The key attributes and no others.
    public var key: Item

    /// A reference from its parts.
    public init(table: String, key: Item) {
        self.table = table
        self.key = key
    }
}

/// A change of one item.
public struct ItemChange: Sendable {
    /// The item.
    public var item: ItemReference
    /// What becomes of the item (nil: there is none, or delete it). It may be called more than once.
    public var change: @Sendable (Item?) throws(ServiceError) -> Item?

    /// A change from its parts.
    public init(_ item: ItemReference, _ change: @escaping @Sendable (Item?) throws(ServiceError) -> Item?) {
        self.item = item
        self.change = change
    }
}

/// An item before and after a change.
public struct ItemVersions: Hashable, Sendable {
    /// Before; nil when there was none.
    public var old: Item?
    /// After; nil when there is none.
    public var new: Item?

    /// Versions from their parts.
    public init(old: Item?, new: Item?) {
        self.old = old
        self.new = new
    }
}

/// What became of changes that were to be made together.
public enum ItemChangesOutcome: Sendable {
    /// All were made.
    case applied([ItemVersions])
    /// None was made: for each, the error that its change threw.
    case refused([ServiceError?])
}

/// Which part of a parallel scan.
public struct ScanSegment: Hashable, Sendable {
    /// From 0.
    public var number: Int
    /// How many there are.
    public var total: Int

    /// A segment from its parts.
    public init(_ number: Int, of total: Int) {
        self.number = number
        self.total = total
    }
}

/// Which items are read, and in what order.
public struct ItemScan: Sendable {
    /// The table.
    public var table: String
    /// The index in whose order and with whose keys items are found; nil for the table's own.
    public var index: String?
    /// Items with this hash key only.
    public var hash: AttributeValue?
    /// Items whose range key meets this; only with `hash`.
    public var range: RangeCondition?
    /// Items after this key, which has the key attributes of the table and those of the index.
    public var after: Item?
    /// From the greatest key to the smallest.
    public var isDescending = false
    /// Items, at most.
    public var limit = Int.max
    /// Bytes of items in the store, about; one item is always given.
    public var maximumBytes = Int.max
    /// Items of one part of a parallel scan only.
    public var segment: ScanSegment?

    /// All items of a table.
    public init(table: String) { self.table = table }
}

/// Items of a scan.
public struct ItemPage: Sendable {
    /// The items, whole.
    public var items: [Item]
    /// The key after which the rest is read; nil at the end.
    public var lastKey: Item?

    /// A page from its parts.
    public init(items: [Item], lastKey: Item?) {
        self.items = items
        self.lastKey = lastKey
    }
}

/// Holds tables of items: what the lease tables of consumer applications stand on.
///
/// All calls throw ``ServiceError``: `resourceNotFound` where there is no such table. An item's key that does not fit the
/// table is refused with `validation`.
public protocol TableStore: Sendable {
    /// Makes a table. Throws `resourceInUse` when there is one of that name.
    func createTable(_ table: TableDescription) async throws(ServiceError)

    /// Changes what a table is, but for its name, ID and key. An index that it has afterwards and had not before is made
    /// from the items there are; one that it has no more is dropped. What `change` throws is thrown.
    ///
    /// - Returns: the table after the change.
    @discardableResult
    func changeTable(
        name: String,
        _ change: @escaping @Sendable (inout TableDescription) throws(ServiceError) -> Void
    ) async throws(ServiceError) -> TableDescription

    /// Deletes a table and its items. Throws `validation` when it is protected.
    func deleteTable(name: String) async throws(ServiceError)

    /// A table by name.
    func table(name: String) async throws(ServiceError) -> TableDescription

    /// The names of the tables, ascending, after `name`, at most `limit`.
    func tableNames(after name: String?, limit: Int) async throws(ServiceError) -> [String]

    /// How much a table holds, and how much each of its indexes, by name.
    func size(table: String) async throws(ServiceError) -> (table: TableSize, indexes: [String: TableSize])

    /// The items under some keys, all of the same moment.
    func items(_ references: [ItemReference]) async throws(ServiceError) -> [Item?]

    /// Makes changes of different items together: all of them or none, and no other change comes between. Durable when it
    /// returns.
    func update(_ changes: [ItemChange]) async throws(ServiceError) -> ItemChangesOutcome

    /// Items in the order of their keys.
    func scan(_ scan: ItemScan) async throws(ServiceError) -> ItemPage

    /// The changes of a table's items after a cursor, in the order in which they were made. Without a cursor, or with one
    /// behind which changes are missing by now, the advice to scan, and the cursor from which on they are kept.
    ///
    /// A change is told once it is durable. The changes of one ``update(_:)`` follow each other. A store keeps changes only
    /// of tables whose changes were asked for a short while ago, and of those only the last; so what is not watched costs
    /// nothing. Throws `limitExceeded` when too many tables are watched.
    ///
    /// - Parameters:
    ///   - maximumCount: Changes, at most (at least one).
    ///   - maximumBytes: Bytes of changes in the store, about; one change is always given.
    func changes(
        of table: String,
        after cursor: TableCursor?,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> TableChanges

    /// Waits until ``changes(of:after:maximumCount:maximumBytes:)`` would give a change or the advice to scan, or would
    /// throw; or until the task is cancelled.
    func waitForChanges(of table: String, after cursor: TableCursor) async throws(ServiceError)
}

extension TableStore {
    /// The item under a key.
    public func item(table: String, key: Item) async throws(ServiceError) -> Item? {
        try await items([ItemReference(table: table, key: key)]).first ?? nil
    }

    /// Replaces the item under a key by what `change` makes of it (nil: there is none, or delete it), atomically: no other
    /// change of that item comes between. Durable when it returns. What `change` throws is thrown, and nothing is
    /// written. `change` may be called more than once.
    ///
    /// - Returns: the item before and after.
    @discardableResult
    public func update(
        table: String,
        key: Item,
        _ change: @escaping @Sendable (Item?) throws(ServiceError) -> Item?
    ) async throws(ServiceError) -> ItemVersions {
        switch try await update([ItemChange(ItemReference(table: table, key: key), change)]) {
        case .applied(let versions): return versions.first ?? ItemVersions(old: nil, new: nil)
        case .refused(let errors): throw errors.first.flatMap(\.self) ?? ServiceError(.internalFailure, "")
        }
    }
}
