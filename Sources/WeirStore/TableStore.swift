import WeirModel
import WeirWire

/// A table as the store knows it.
public struct TableDescription: Hashable, Sendable {
    /// The name, unique in the store.
    public var name: String
    /// The name of the hash key's attribute.
    public var hashKeyName: String
    /// The type of the hash key: `S`, `N` or `B`.
    public var hashKeyType: String
    /// When it was made.
    public var createdAt: Timestamp
    /// What CreateTable asked for and DescribeTable repeats: `PAY_PER_REQUEST` or `PROVISIONED`.
    public var billingMode: String

    /// A table from its parts.
    public init(name: String, hashKeyName: String, hashKeyType: String, createdAt: Timestamp, billingMode: String) {
        self.name = name
        self.hashKeyName = hashKeyName
        self.hashKeyType = hashKeyType
        self.createdAt = createdAt
        self.billingMode = billingMode
    }
}

/// Holds tables of items under one hash key: what the lease tables of consumer applications stand on.
///
/// All calls throw ``ServiceError``: `resourceNotFound` where there is no such table.
public protocol TableStore: Sendable {
    /// Makes a table. Throws `resourceInUse` when there is one of that name.
    func createTable(_ table: TableDescription) async throws(ServiceError)

    /// Deletes a table and its items.
    func deleteTable(name: String) async throws(ServiceError)

    /// A table by name.
    func table(name: String) async throws(ServiceError) -> TableDescription

    /// The names of the tables, ascending, after `name`, at most `limit`.
    func tableNames(after name: String?, limit: Int) async throws(ServiceError) -> [String]

    /// The item under a key.
    func item(table: String, key: AttributeValue) async throws(ServiceError) -> Item?

    /// Replaces the item under a key by what `change` makes of it (nil: there is none, or delete it), atomically: no other
    /// change of that item comes between. Durable when it returns. What `change` throws is thrown, and nothing is
    /// written. `change` may be called more than once.
    ///
    /// - Returns: the item before and after.
    @discardableResult
    func update(
        table: String,
        key: AttributeValue,
        _ change: @escaping @Sendable (Item?) throws(ServiceError) -> Item?
    ) async throws(ServiceError) -> (old: Item?, new: Item?)

    /// Items by ascending key bytes, after `key`, at most `limit` and about `maximumBytes`.
    ///
    /// - Returns: the items, and the key to read on after; nil at the end.
    func scan(
        table: String,
        after key: AttributeValue?,
        limit: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> (items: [Item], lastKey: AttributeValue?)

    /// The number of items.
    func itemCount(table: String) async throws(ServiceError) -> Int
}
