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

    /// A table as the API shows it.
    func shape(_ table: TableDescription, status: String, itemCount: Int) -> TableDescriptionShape {
        let isOnDemand = table.billingMode == "PAY_PER_REQUEST"
        return TableDescriptionShape(
            tableName: table.name,
            tableStatus: status,
            tableARN: "arn:aws:dynamodb:\(region):\(account):table/\(table.name)",
            keySchema: [KeySchemaElement(attributeName: table.hashKeyName, keyType: "HASH")],
            attributeDefinitions: [
                AttributeDefinition(attributeName: table.hashKeyName, attributeType: table.hashKeyType)
            ],
            creationDateTime: table.createdAt,
            itemCount: itemCount,
            // Counted by nobody here: clients read it to choose how to scan.
            tableSizeBytes: 0,
            billingModeSummary: isOnDemand ? BillingModeSummary(billingMode: table.billingMode) : nil,
            provisionedThroughput: isOnDemand
                ? ProvisionedThroughput(readCapacityUnits: 0, writeCapacityUnits: 0) : nil
        )
    }
}

extension Validator {
    /// Checks the name of a table, once its length was found to be right.
    mutating func table(_ name: String) { text("tableName", name, pattern: .name) }
}

/// Refuses a request that relies on a member which is not performed here, rather than to ignore it.
func refuseUnsupported(_ members: [(name: String, isPresent: Bool)]) throws(ServiceError) {
    guard let member = members.first(where: \.isPresent) else { return }
    throw ServiceError(.validation, "\(member.name) is not supported: use Expected, AttributeUpdates or ScanFilter.")
}
