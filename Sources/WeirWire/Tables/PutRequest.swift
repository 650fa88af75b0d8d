/// An item that is to be put.
public struct PutRequest: Codable, Hashable, Sendable {
    /// The item.
    public var item: Item?

    /// A value from its members.
    public init(item: Item? = nil) {
        self.item = item
    }

    enum CodingKeys: String, CodingKey {
        case item = "Item"
    }
}
