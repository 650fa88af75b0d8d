/// An item that is to be deleted.
public struct DeleteRequest: Codable, Hashable, Sendable {
    /// Its key attributes.
    public var key: Item?

    /// A value from its members.
    public init(key: Item? = nil) {
        self.key = key
    }

    enum CodingKeys: String, CodingKey {
        case key = "Key"
    }
}
