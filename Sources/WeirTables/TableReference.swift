import WeirModel
import WeirStore
import WeirWire

/// How a request names its table, and what a table looks like on the wire.
extension TableService {
    /// The name of a request's table, which may also be given by its ARN. Throws `validation` when it is none, and
    /// `accessDenied` when the caller may not perform the action on it.
    func tableName(_ text: String?) throws(ServiceError) -> String {
        guard let text else {
            throw ServiceError(.validation, "The parameter 'TableName' is required but was not present in the request")
        }
        let prefix = "arn:aws:dynamodb:\(region):\(account):table/"
        let name = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        let lengths = Limits.minimumTableNameLength...Limits.maximumTableNameLength
        guard lengths.contains(name.unicodeScalars.count) else {
            throw ServiceError(
                .validation,
                """
                TableName must be at least \(lengths.lowerBound) characters long and at most \(lengths.upperBound) \
                characters long
                """
            )
        }
        try authorize(table: name)
        return name
    }

    /// Asks whether the caller may perform the action on a table; `*` stands for all. Throws `accessDenied`.
    func authorize(table name: String) throws(ServiceError) {
        guard let (caller, action) = authorization else { return }
        try caller.authorize("dynamodb:\(action)", on: "arn:aws:dynamodb:\(region):\(account):table/\(name)")
    }

    /// The table of a request about items.
    func table(_ name: String) async throws(ServiceError) -> TableDescription {
        do {
            return try await store.table(name: name)
        } catch {
            throw itemError(error)
        }
    }

    /// Puts an error of the store into DynamoDB's words: requests about items do not repeat the table's name.
    func itemError(_ error: ServiceError) -> ServiceError {
        guard error.code == .resourceNotFound else { return error }
        return ServiceError(.resourceNotFound, "Requested resource not found", cause: error)
    }

    /// The same for requests about tables.
    func tableError(_ error: ServiceError, _ name: String) -> ServiceError {
        guard error.code == .resourceNotFound else { return error }
        return ServiceError(.resourceNotFound, "Requested resource not found: Table: \(name) not found", cause: error)
    }

    /// The name of a table in a request that has nothing else to check.
    func checkedTableName(_ text: String?) throws(ServiceError) -> String {
        let name = try tableName(text)
        var validator = Validator()
        validator.table(name)
        try validator.finish()
        return name
    }

    /// A table as the API shows it.
    func shape(
        _ table: TableDescription,
        status: String,
        size: TableSize = TableSize(itemCount: 0, bytes: 0),
        indexSizes: [String: TableSize] = [:]
    ) -> TableDescriptionShape {
        let isOnDemand = table.billingMode == "PAY_PER_REQUEST"
        let arn = "arn:aws:dynamodb:\(region):\(account):table/\(table.name)"
        let indexes = table.indexes.map { index in
            shape(index, arn: arn, status: status, size: indexSizes[index.name])
        }
        return TableDescriptionShape(
            tableName: table.name,
            tableStatus: status,
            tableARN: arn,
            tableID: table.id,
            keySchema: shape(table.keySchema),
            attributeDefinitions: attributeDefinitions(of: table),
            creationDateTime: table.createdAt,
            itemCount: size.itemCount,
            tableSizeBytes: size.bytes,
            billingModeSummary: isOnDemand ? BillingModeSummary(billingMode: table.billingMode) : nil,
            provisionedThroughput: shape(table.throughput),
            globalSecondaryIndexes: indexes.isEmpty ? nil : indexes,
            deletionProtectionEnabled: table.isProtected
        )
    }

    private func shape(
        _ index: TableIndex,
        arn: String,
        status: String,
        size: TableSize?
    ) -> GlobalSecondaryIndexDescription {
        let projection: Projection =
            switch index.projection {
            case .all: Projection(projectionType: "ALL")
            case .keysOnly: Projection(projectionType: "KEYS_ONLY")
            case .include(let attributes):
                Projection(projectionType: "INCLUDE", nonKeyAttributes: attributes)
            }
        return GlobalSecondaryIndexDescription(
            indexName: index.name,
            keySchema: shape(index.keySchema),
            projection: projection,
            indexStatus: status,
            provisionedThroughput: shape(index.throughput),
            indexSizeBytes: size?.bytes ?? 0,
            itemCount: size?.itemCount ?? 0,
            indexARN: "\(arn)/index/\(index.name)"
        )
    }

    private func shape(_ schema: KeySchema) -> [KeySchemaElement] {
        zip(schema.names, ["HASH", "RANGE"]).map { KeySchemaElement(attributeName: $0, keyType: $1) }
    }

    private func shape(_ throughput: TableThroughput?) -> ProvisionedThroughput {
        ProvisionedThroughput(
            readCapacityUnits: throughput?.readUnits ?? 0,
            writeCapacityUnits: throughput?.writeUnits ?? 0,
            numberOfDecreasesToday: 0
        )
    }

    /// The types of the key attributes of a table and its indexes, by ascending name.
    func attributeDefinitions(of table: TableDescription) -> [AttributeDefinition] {
        let schemas = [table.keySchema] + table.indexes.map(\.keySchema)
        let attributes = Set(schemas.flatMap(\.attributes))
        return attributes.sorted { $0.name < $1.name }.map {
            AttributeDefinition(attributeName: $0.name, attributeType: $0.type)
        }
    }
}

extension Validator {
    /// Checks the name of a table, once its length was found to be right.
    mutating func table(_ name: String) { text("tableName", name, pattern: .name) }
}
