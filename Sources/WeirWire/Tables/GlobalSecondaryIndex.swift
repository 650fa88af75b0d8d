/// An index that is to be made.
public struct GlobalSecondaryIndex: Codable, Hashable, Sendable {
    /// The name.
    public var indexName: String?
    /// What its items are found by.
    public var keySchema: [KeySchemaElement]?
    /// What it gives of its items.
    public var projection: Projection?
    /// Capacity; stored only.
    public var provisionedThroughput: ProvisionedThroughput?

    /// A value from its members.
    public init(
        indexName: String? = nil,
        keySchema: [KeySchemaElement]? = nil,
        projection: Projection? = nil,
        provisionedThroughput: ProvisionedThroughput? = nil
    ) {
        self.indexName = indexName
        self.keySchema = keySchema
        self.projection = projection
        self.provisionedThroughput = provisionedThroughput
    }

    enum CodingKeys: String, CodingKey {
        case indexName = "IndexName"
        case keySchema = "KeySchema"
        case projection = "Projection"
        case provisionedThroughput = "ProvisionedThroughput"
    }
}
