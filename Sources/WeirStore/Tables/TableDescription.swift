import WeirModel

/// Capacity as asked for; stored only.
public struct TableThroughput: Hashable, Sendable {
    /// Reads a second.
    public var readUnits: Int
    /// Writes a second.
    public var writeUnits: Int

    /// A capacity from its parts.
    public init(readUnits: Int, writeUnits: Int) {
        self.readUnits = readUnits
        self.writeUnits = writeUnits
    }
}

/// A global secondary index: another key by which the items of a table are found.
public struct TableIndex: Hashable, Sendable {
    /// What an index gives of its items.
    public enum Projection: Hashable, Sendable {
        /// Every attribute.
        case all
        /// The keys of the table and of the index.
        case keysOnly
        /// The keys and these attributes.
        case include([String])
    }

    /// The name, unique in its table.
    public var name: String
    /// What its items are found by. Items that do not have all of these attributes are not in the index.
    public var keySchema: KeySchema
    /// What it gives of its items.
    public var projection: Projection
    /// Capacity as asked for.
    public var throughput: TableThroughput?

    /// An index from its parts.
    public init(name: String, keySchema: KeySchema, projection: Projection, throughput: TableThroughput? = nil) {
        self.name = name
        self.keySchema = keySchema
        self.projection = projection
        self.throughput = throughput
    }
}

/// A table as the store knows it.
public struct TableDescription: Hashable, Sendable {
    /// The name, unique in the store.
    public var name: String
    /// Unlike the name, never used again.
    public var id: String
    /// What its items are found by.
    public var keySchema: KeySchema
    /// When it was made.
    public var createdAt: Timestamp
    /// `PAY_PER_REQUEST` or `PROVISIONED`; stored only.
    public var billingMode: String
    /// Capacity as asked for.
    public var throughput: TableThroughput?
    /// Whether it is kept from being deleted.
    public var isProtected: Bool
    /// The attribute that says when an item expires, in seconds since 1970; nil when items do not.
    public var expiryAttribute: String?
    /// Since when its past was asked to be kept; stored only.
    public var recoverySince: Timestamp?
    /// Its tags.
    public var tags: [String: String]
    /// Its indexes, by ascending name.
    public var indexes: [TableIndex]

    /// A table from its parts.
    public init(
        name: String,
        id: String,
        keySchema: KeySchema,
        createdAt: Timestamp,
        billingMode: String,
        throughput: TableThroughput? = nil,
        isProtected: Bool = false,
        tags: [String: String] = [:],
        indexes: [TableIndex] = []
    ) {
        self.name = name
        self.id = id
        self.keySchema = keySchema
        self.createdAt = createdAt
        self.billingMode = billingMode
        self.throughput = throughput
        self.isProtected = isProtected
        self.tags = tags
        self.indexes = indexes
    }

    /// An index by name.
    public func index(_ name: String) -> TableIndex? { indexes.first { $0.name == name } }
}

/// How much a table or index holds.
public struct TableSize: Hashable, Sendable {
    /// Items.
    public var itemCount: Int
    /// Bytes that its items take in the store.
    public var bytes: Int

    /// A size from its parts.
    public init(itemCount: Int, bytes: Int) {
        self.itemCount = itemCount
        self.bytes = bytes
    }
}
