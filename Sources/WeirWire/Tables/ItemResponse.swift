/// An item that a transaction has read.
public struct ItemResponse: Codable, Hashable, Sendable {
    /// The item, when there is one.
    public var item: Item?

    /// A value from its members.
    public init(item: Item? = nil) {
        self.item = item
    }

    enum CodingKeys: String, CodingKey {
        case item = "Item"
    }
}
