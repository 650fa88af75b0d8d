/// A change of an item, as a watch of its table tells it.
public struct ChangedItem: WireMessage, Codable, Hashable {
    /// The key attributes of the item, and no others.
    public var key: Item
    /// What the item became; nil when it was deleted.
    public var newImage: Item?

    /// A change from its parts.
    public init(key: Item, newImage: Item?) {
        self.key = key
        self.newImage = newImage
    }

    enum CodingKeys: String, CodingKey {
        case key = "Key"
        case newImage = "NewImage"
    }
}
