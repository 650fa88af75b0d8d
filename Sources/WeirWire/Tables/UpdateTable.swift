/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
public enum UpdateTable: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?
        /// The types of the key attributes of new indexes.
        public var attributeDefinitions: [AttributeDefinition]?
        /// `PAY_PER_REQUEST` or `PROVISIONED`.
        public var billingMode: String?
        /// Capacity; stored only.
        public var provisionedThroughput: ProvisionedThroughput?
        /// Indexes to make, change or drop.
        public var globalSecondaryIndexUpdates: [GlobalSecondaryIndexUpdate]?
        /// Whether it is kept from being deleted.
        public var deletionProtectionEnabled: Bool?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            attributeDefinitions: [AttributeDefinition]? = nil,
            billingMode: String? = nil,
            provisionedThroughput: ProvisionedThroughput? = nil,
            globalSecondaryIndexUpdates: [GlobalSecondaryIndexUpdate]? = nil,
            deletionProtectionEnabled: Bool? = nil
        ) {
            self.tableName = tableName
            self.attributeDefinitions = attributeDefinitions
            self.billingMode = billingMode
            self.provisionedThroughput = provisionedThroughput
            self.globalSecondaryIndexUpdates = globalSecondaryIndexUpdates
            self.deletionProtectionEnabled = deletionProtectionEnabled
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case attributeDefinitions = "AttributeDefinitions"
            case billingMode = "BillingMode"
            case provisionedThroughput = "ProvisionedThroughput"
            case globalSecondaryIndexUpdates = "GlobalSecondaryIndexUpdates"
            case deletionProtectionEnabled = "DeletionProtectionEnabled"
        }
    }

    /// The output.
    public struct Response: WireMessage, Codable {
        /// The table after the change.
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
