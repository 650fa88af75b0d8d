import WeirModel
import WeirWire

/// An attribute that is part of a key.
public struct KeyAttribute: Hashable, Sendable {
    /// The attribute.
    public var name: String
    /// Its type: `S`, `N` or `B`.
    public var type: String

    /// A key attribute from its parts.
    public init(_ name: String, _ type: String) {
        self.name = name
        self.type = type
    }
}

/// What the items of a table or index are found by.
public struct KeySchema: Hashable, Sendable {
    /// Items with the same value lie together.
    public var hash: KeyAttribute
    /// By which items with the same hash key are sorted.
    public var range: KeyAttribute?

    /// A schema from its parts.
    public init(hash: KeyAttribute, range: KeyAttribute? = nil) {
        self.hash = hash
        self.range = range
    }

    /// The attributes, the hash key first.
    public var attributes: [KeyAttribute] { [hash] + (range.map { [$0] } ?? []) }

    /// The names of the attributes.
    public var names: [String] { attributes.map(\.name) }

    /// The part of an item that is its key.
    public func key(of item: Item) -> Item { item.filter { $0.key == hash.name || $0.key == range?.name } }
}

/// A condition on a range key that its order answers.
public enum RangeCondition: Hashable, Sendable {
    case equal(AttributeValue)
    case below(AttributeValue, inclusive: Bool)
    case above(AttributeValue, inclusive: Bool)
    /// Both bounds belong to it.
    case between(AttributeValue, AttributeValue)
    /// Of texts and bytes.
    case begins(AttributeValue)
}
