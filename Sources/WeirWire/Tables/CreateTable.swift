/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
public enum CreateTable: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?
        /// The types of the key attributes of the table and its indexes.
        public var attributeDefinitions: [AttributeDefinition]?
        /// What its items are found by.
        public var keySchema: [KeySchemaElement]?
        /// `PAY_PER_REQUEST` or `PROVISIONED` (default).
        public var billingMode: String?
        /// Capacity; stored only.
        public var provisionedThroughput: ProvisionedThroughput?
        /// Its indexes.
        public var globalSecondaryIndexes: [GlobalSecondaryIndex]?
        /// Refused: there are none here.
        public var localSecondaryIndexes: [GlobalSecondaryIndex]?
        /// Whether it is kept from being deleted.
        public var deletionProtectionEnabled: Bool?
        /// Its tags.
        public var tags: [Tag]?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            attributeDefinitions: [AttributeDefinition]? = nil,
            keySchema: [KeySchemaElement]? = nil,
            billingMode: String? = nil,
            provisionedThroughput: ProvisionedThroughput? = nil,
            globalSecondaryIndexes: [GlobalSecondaryIndex]? = nil,
            localSecondaryIndexes: [GlobalSecondaryIndex]? = nil,
            deletionProtectionEnabled: Bool? = nil,
            tags: [Tag]? = nil
        ) {
            self.tableName = tableName
            self.attributeDefinitions = attributeDefinitions
            self.keySchema = keySchema
            self.billingMode = billingMode
            self.provisionedThroughput = provisionedThroughput
            self.globalSecondaryIndexes = globalSecondaryIndexes
            self.localSecondaryIndexes = localSecondaryIndexes
            self.deletionProtectionEnabled = deletionProtectionEnabled
            self.tags = tags
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case attributeDefinitions = "AttributeDefinitions"
            case keySchema = "KeySchema"
            case billingMode = "BillingMode"
            case provisionedThroughput = "ProvisionedThroughput"
            case globalSecondaryIndexes = "GlobalSecondaryIndexes"
            case localSecondaryIndexes = "LocalSecondaryIndexes"
            case deletionProtectionEnabled = "DeletionProtectionEnabled"
            case tags = "Tags"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The table.
        public var tableDescription: TableDescriptionShape

        /// An output from its members.
        public init(tableDescription: TableDescriptionShape) {
            self.tableDescription = tableDescription
        }

        enum CodingKeys: String, CodingKey {
            case tableDescription = "TableDescription"
        }
    }
}
