import FoundationEssentials
import Logging
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension TableService {
    /// Makes a table. It is ready when the call returns.
    func createTable(_ request: CreateTable.Request) async throws(ServiceError) -> CreateTable.Response {
        let name = try tableName(request.tableName)
        try validate(request, name)
        let table = try description(request, name)
        do throws(ServiceError) {
            try await store.createTable(table)
        } catch {
            guard error.code == .resourceInUse else { throw error }
            throw ServiceError(.resourceInUse, "Table already exists: \(name)", cause: error)
        }
        logger.info("made a table", metadata: ["table.name": "\(name)"])
        return CreateTable.Response(tableDescription: shape(table, status: "ACTIVE"))
    }

    private func validate(_ request: CreateTable.Request, _ name: String) throws(ServiceError) {
        var validator = Validator()
        validator.require("attributeDefinitions", request.attributeDefinitions != nil)
        TableSchema.check(request.attributeDefinitions, &validator)
        validator.table(name)
        validator.choice("billingMode", request.billingMode, of: ["PROVISIONED", "PAY_PER_REQUEST"])
        TableSchema.check(request.provisionedThroughput, at: "provisionedThroughput", &validator)
        TableSchema.check(request.keySchema, at: "keySchema", &validator)
        for (place, index) in (request.globalSecondaryIndexes ?? []).enumerated() {
            TableSchema.check(index, at: "globalSecondaryIndexes.\(place + 1).member", &validator)
        }
        try validator.finish()
        if request.localSecondaryIndexes != nil {
            throw TableSchema.invalid("LocalSecondaryIndexes are not supported: use GlobalSecondaryIndexes")
        }
    }

    private func description(
        _ request: CreateTable.Request,
        _ name: String
    ) throws(ServiceError) -> TableDescription {
        let billingMode = request.billingMode ?? "PROVISIONED"
        let isOnDemand = billingMode == "PAY_PER_REQUEST"
        try checkThroughput(request.provisionedThroughput, isOnDemand: isOnDemand)
        let throughput = try TableSchema.throughput(request.provisionedThroughput)
        let schema = TableSchema(definitions: request.attributeDefinitions ?? [])
        guard (request.keySchema ?? []).count <= schema.definitions.count else {
            throw ServiceError(.validation, "Invalid KeySchema: Some index key attribute have no definition")
        }
        let keySchema = try schema.keySchema(request.keySchema ?? [])
        if let indexes = request.globalSecondaryIndexes, indexes.isEmpty {
            throw TableSchema.invalid("List of GlobalSecondaryIndexes is empty")
        }
        var indexes: [TableIndex] = []
        for index in request.globalSecondaryIndexes ?? [] {
            indexes.append(try schema.index(index, isOnDemand: isOnDemand))
        }
        try TableSchema.check(indexes)
        try checkAllUsed(schema.definitions, by: [keySchema] + indexes.map(\.keySchema))
        return TableDescription(
            name: name,
            id: UUID().uuidString.lowercased(),
            keySchema: keySchema,
            createdAt: Timestamp(millisecondsSinceEpoch: time.wallMilliseconds),
            billingMode: billingMode,
            throughput: throughput,
            isProtected: request.deletionProtectionEnabled ?? false,
            tags: try tags(request.tags ?? [], addedTo: [:]),
            indexes: indexes.sorted { $0.name < $1.name }
        )
    }

    private func checkAllUsed(_ definitions: [AttributeDefinition], by schemas: [KeySchema]) throws(ServiceError) {
        let defined = definitions.map(\.attributeName)
        var used: [String] = []
        for name in schemas.flatMap(\.names) where !used.contains(name) { used.append(name) }
        guard defined.count != used.count || !defined.allSatisfy(used.contains) else { return }
        guard schemas.count > 1 else {
            throw TableSchema.invalid(
                """
                Number of attributes in KeySchema does not exactly match number of attributes defined in \
                AttributeDefinitions
                """
            )
        }
        throw TableSchema.invalid(
            """
            Some AttributeDefinitions are not used. AttributeDefinitions: [\(defined.joined(separator: ", "))], \
            keys used: [\(used.joined(separator: ", "))]
            """
        )
    }

    /// Throws `validation` unless there is a capacity where the billing mode needs one, and only there.
    func checkThroughput(_ throughput: ProvisionedThroughput?, isOnDemand: Bool) throws(ServiceError) {
        guard isOnDemand == (throughput != nil) else { return }
        throw TableSchema.invalid(
            isOnDemand
                ? "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
                : "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    }
}
