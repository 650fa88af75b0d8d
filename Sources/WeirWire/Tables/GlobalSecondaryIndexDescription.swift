/// An index.
public struct GlobalSecondaryIndexDescription: Codable, Hashable, Sendable {
    /// The name.
    public var indexName: String
    /// What its items are found by.
    public var keySchema: [KeySchemaElement]
    /// What it gives of its items.
    public var projection: Projection
    /// `ACTIVE`: indexes are ready at once here.
    public var indexStatus: String
    /// Capacity as asked for.
    public var provisionedThroughput: ProvisionedThroughput?
    /// How many bytes it takes.
    public var indexSizeBytes: Int?
    /// How many items are in it.
    public var itemCount: Int?
    /// The ARN.
    public var indexARN: String

    /// A value from its members.
    public init(
        indexName: String,
        keySchema: [KeySchemaElement],
        projection: Projection,
        indexStatus: String,
        provisionedThroughput: ProvisionedThroughput? = nil,
        indexSizeBytes: Int? = nil,
        itemCount: Int? = nil,
        indexARN: String
    ) {
        self.indexName = indexName
        self.keySchema = keySchema
        self.projection = projection
        self.indexStatus = indexStatus
        self.provisionedThroughput = provisionedThroughput
        self.indexSizeBytes = indexSizeBytes
        self.itemCount = itemCount
        self.indexARN = indexARN
    }

    enum CodingKeys: String, CodingKey {
        case indexName = "IndexName"
        case keySchema = "KeySchema"
        case projection = "Projection"
        case indexStatus = "IndexStatus"
        case provisionedThroughput = "ProvisionedThroughput"
        case indexSizeBytes = "IndexSizeBytes"
        case itemCount = "ItemCount"
        case indexARN = "IndexArn"
    }
}
