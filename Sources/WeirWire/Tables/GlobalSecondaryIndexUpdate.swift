/// One change of the indexes of a table.
public struct GlobalSecondaryIndexUpdate: Codable, Hashable, Sendable {
    /// An index to make.
    public var create: GlobalSecondaryIndex?
    /// A capacity to set.
    public var update: IndexThroughputUpdate?
    /// An index to drop.
    public var delete: IndexDeletion?

    /// A value from its members.
    public init(
        create: GlobalSecondaryIndex? = nil,
        update: IndexThroughputUpdate? = nil,
        delete: IndexDeletion? = nil
    ) {
        self.create = create
        self.update = update
        self.delete = delete
    }

    enum CodingKeys: String, CodingKey {
        case create = "Create"
        case update = "Update"
        case delete = "Delete"
    }
}
