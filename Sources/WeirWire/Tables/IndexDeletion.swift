/// An index that is to be dropped.
public struct IndexDeletion: Codable, Hashable, Sendable {
    /// The index.
    public var indexName: String?

    /// A value from its members.
    public init(indexName: String? = nil) {
        self.indexName = indexName
    }

    enum CodingKeys: String, CodingKey {
        case indexName = "IndexName"
    }
}
