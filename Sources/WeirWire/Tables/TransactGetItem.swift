/// An item that a transaction reads.
public struct TransactGetItem: Codable, Hashable, Sendable {
    /// Which item.
    public var get: TransactGet?

    /// A value from its members.
    public init(get: TransactGet? = nil) {
        self.get = get
    }

    enum CodingKeys: String, CodingKey {
        case get = "Get"
    }
}
