/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
public enum CreateTable: DynamoDBAction {
    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table.
        public var tableName: String?
        /// The types of the key attributes.
        public var attributeDefinitions: [AttributeDefinition]?
        /// The hash key.
        public var keySchema: [KeySchemaElement]?
        /// `PAY_PER_REQUEST` or `PROVISIONED` (default).
        public var billingMode: String?
        /// Capacity.
        public var provisionedThroughput: ProvisionedThroughput?

        /// An input from its members.
        public init(
            tableName: String? = nil,
            attributeDefinitions: [AttributeDefinition]? = nil,
            keySchema: [KeySchemaElement]? = nil,
            billingMode: String? = nil,
            provisionedThroughput: ProvisionedThroughput? = nil
        ) {
            self.tableName = tableName
            self.attributeDefinitions = attributeDefinitions
            self.keySchema = keySchema
            self.billingMode = billingMode
            self.provisionedThroughput = provisionedThroughput
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case attributeDefinitions = "AttributeDefinitions"
            case keySchema = "KeySchema"
            case billingMode = "BillingMode"
            case provisionedThroughput = "ProvisionedThroughput"
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
