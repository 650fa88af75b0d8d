/// Another capacity of an index.
public struct IndexThroughputUpdate: Codable, Hashable, Sendable {
    /// The index.
    public var indexName: String?
    /// Capacity; stored only.
    public var provisionedThroughput: ProvisionedThroughput?

    /// A value from its members.
    public init(indexName: String? = nil, provisionedThroughput: ProvisionedThroughput? = nil) {
        self.indexName = indexName
        self.provisionedThroughput = provisionedThroughput
    }

    enum CodingKeys: String, CodingKey {
        case indexName = "IndexName"
        case provisionedThroughput = "ProvisionedThroughput"
    }
}
