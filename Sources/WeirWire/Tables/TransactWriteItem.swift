/// One step of a transaction; exactly one of its members is there.
public struct TransactWriteItem: Codable, Hashable, Sendable {
    /// A condition on an item that stays as it is.
    public var conditionCheck: TransactionStep?
    /// An item to put.
    public var put: TransactionStep?
    /// An item to delete.
    public var delete: TransactionStep?
    /// An item to change.
    public var update: TransactionStep?

    /// A value from its members.
    public init(
        conditionCheck: TransactionStep? = nil,
        put: TransactionStep? = nil,
        delete: TransactionStep? = nil,
        update: TransactionStep? = nil
    ) {
        self.conditionCheck = conditionCheck
        self.put = put
        self.delete = delete
        self.update = update
    }

    enum CodingKeys: String, CodingKey {
        case conditionCheck = "ConditionCheck"
        case put = "Put"
        case delete = "Delete"
        case update = "Update"
    }
}
