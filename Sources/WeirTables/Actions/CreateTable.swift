import Logging
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension TableService {
    /// Makes a table. It is ready when the call returns.
    func createTable(_ request: CreateTable.Request) async throws(ServiceError) -> CreateTable.Response {
        let name = try tableName(request.tableName)
        let billingMode = request.billingMode ?? "PROVISIONED"
        let definitions = request.attributeDefinitions ?? []
        let schema = request.keySchema ?? []

        var validator = Validator()
        validator.require("attributeDefinitions", request.attributeDefinitions != nil)
        for (index, definition) in definitions.enumerated() {
            validator.choice(
                "attributeDefinitions.\(index + 1).member.attributeType",
                definition.attributeType,
                of: ["B", "N", "S"]
            )
        }
        validator.table(name)
        validator.choice("billingMode", request.billingMode, of: ["PROVISIONED", "PAY_PER_REQUEST"])
        validator.require("keySchema", request.keySchema != nil)
        validator.count("keySchema", request.keySchema?.count, 1...2)
        for (index, element) in schema.enumerated() {
            validator.choice("keySchema.\(index + 1).member.keyType", element.keyType, of: ["HASH", "RANGE"])
        }
        try validator.finish()

        try checkThroughput(request.provisionedThroughput, billingMode: billingMode)
        let hashKey = try hashKey(schema, definitions)
        let table = TableDescription(
            name: name,
            hashKeyName: hashKey.attributeName,
            hashKeyType: hashKey.attributeType,
            createdAt: Timestamp(millisecondsSinceEpoch: time.wallMilliseconds),
            billingMode: billingMode
        )
        do throws(ServiceError) {
            try await store.createTable(table)
        } catch {
            guard error.code == .resourceInUse else { throw error }
            throw ServiceError(.resourceInUse, "Table already exists: \(name)", cause: error)
        }
        logger.info("made a table", metadata: ["table.name": "\(name)"])
        var shape = shape(table, status: "ACTIVE", itemCount: 0)
        if let throughput = request.provisionedThroughput { shape.provisionedThroughput = throughput }
        return CreateTable.Response(tableDescription: shape)
    }

    private func checkThroughput(_ throughput: ProvisionedThroughput?, billingMode: String) throws(ServiceError) {
        if billingMode == "PAY_PER_REQUEST" {
            guard throughput != nil else { return }
            throw invalid(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
            )
        }
        guard let read = throughput?.readCapacityUnits, let write = throughput?.writeCapacityUnits else {
            throw invalid(
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
            )
        }
        var validator = Validator()
        validator.number("provisionedThroughput.writeCapacityUnits", write, atLeast: 1)
        validator.number("provisionedThroughput.readCapacityUnits", read, atLeast: 1)
        try validator.finish()
    }

    private func hashKey(
        _ schema: [KeySchemaElement],
        _ definitions: [AttributeDefinition]
    ) throws(ServiceError) -> AttributeDefinition {
        guard let first = schema.first, first.keyType == "HASH" else {
            throw ServiceError(.validation, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
        }
        guard schema.count == 1 else {
            throw invalid("A RANGE key is not supported: lease tables have a HASH key only")
        }
        guard let definition = definitions.first(where: { $0.attributeName == first.attributeName }) else {
            let defined = definitions.map(\.attributeName).joined(separator: ", ")
            throw invalid(
                """
                Some index key attributes are not defined in AttributeDefinitions. Keys: [\(first.attributeName)], \
                AttributeDefinitions: [\(defined)]
                """
            )
        }
        guard definitions.count == 1 else {
            throw invalid(
                """
                Number of attributes in KeySchema does not exactly match number of attributes defined in \
                AttributeDefinitions
                """
            )
        }
        return definition
    }

    private func invalid(_ reason: String) -> ServiceError {
        ServiceError(.validation, "One or more parameter values were invalid: \(reason)")
    }
}
