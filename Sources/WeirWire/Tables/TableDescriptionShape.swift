import WeirModel

/// A table.
public struct TableDescriptionShape: Codable, Hashable, Sendable {
    /// The name.
    public var tableName: String
    /// `ACTIVE`: tables here are ready at once.
    public var tableStatus: String
    /// The ARN.
    public var tableARN: String
    /// Unlike the name, never used again.
    public var tableID: String?
    /// What its items are found by.
    public var keySchema: [KeySchemaElement]
    /// The types of the key attributes of the table and its indexes.
    public var attributeDefinitions: [AttributeDefinition]
    /// When it was made.
    public var creationDateTime: Timestamp
    /// How many items it holds.
    public var itemCount: Int
    /// How many bytes its items take.
    public var tableSizeBytes: Int
    /// How it is paid for.
    public var billingModeSummary: BillingModeSummary?
    /// Capacity as asked for.
    public var provisionedThroughput: ProvisionedThroughput?
    /// Its indexes.
    public var globalSecondaryIndexes: [GlobalSecondaryIndexDescription]?
    /// Whether it is kept from being deleted.
    public var deletionProtectionEnabled: Bool?

    /// A value from its members.
    public init(
        tableName: String,
        tableStatus: String,
        tableARN: String,
        tableID: String? = nil,
        keySchema: [KeySchemaElement],
        attributeDefinitions: [AttributeDefinition],
        creationDateTime: Timestamp,
        itemCount: Int,
        tableSizeBytes: Int,
        billingModeSummary: BillingModeSummary? = nil,
        provisionedThroughput: ProvisionedThroughput? = nil,
        globalSecondaryIndexes: [GlobalSecondaryIndexDescription]? = nil,
        deletionProtectionEnabled: Bool? = nil
    ) {
        self.tableName = tableName
        self.tableStatus = tableStatus
        self.tableARN = tableARN
        self.tableID = tableID
        self.keySchema = keySchema
        self.attributeDefinitions = attributeDefinitions
        self.creationDateTime = creationDateTime
        self.itemCount = itemCount
        self.tableSizeBytes = tableSizeBytes
        self.billingModeSummary = billingModeSummary
        self.provisionedThroughput = provisionedThroughput
        self.globalSecondaryIndexes = globalSecondaryIndexes
        self.deletionProtectionEnabled = deletionProtectionEnabled
    }

    enum CodingKeys: String, CodingKey {
        case tableName = "TableName"
        case tableStatus = "TableStatus"
        case tableARN = "TableArn"
        case tableID = "TableId"
        case keySchema = "KeySchema"
        case attributeDefinitions = "AttributeDefinitions"
        case creationDateTime = "CreationDateTime"
        case itemCount = "ItemCount"
        case tableSizeBytes = "TableSizeBytes"
        case billingModeSummary = "BillingModeSummary"
        case provisionedThroughput = "ProvisionedThroughput"
        case globalSecondaryIndexes = "GlobalSecondaryIndexes"
        case deletionProtectionEnabled = "DeletionProtectionEnabled"
    }
}
