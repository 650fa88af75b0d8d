import Logging
import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Changes how a table is paid for and protected, and its indexes. All of it is done when the call returns.
    func updateTable(_ request: UpdateTable.Request) async throws(ServiceError) -> UpdateTable.Response {
        let name = try tableName(request.tableName)
        try validate(request, name)
        let isEmpty =
            request.provisionedThroughput == nil && request.billingMode == nil
            && request.globalSecondaryIndexUpdates?.isEmpty ?? true && request.deletionProtectionEnabled == nil
        guard !isEmpty else {
            throw ServiceError(
                .validation,
                """
                At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates \
                or SSESpecification or ReplicaUpdates is required
                """
            )
        }
        let throughput = try TableSchema.throughput(request.provisionedThroughput)
        try checkIndexNames(request.globalSecondaryIndexUpdates ?? [])
        do throws(ServiceError) {
            _ = try await store.table(name: name)
        } catch {
            throw tableError(error, name)
        }
        let table = try await store.changeTable(name: name) { table throws(ServiceError) in
            try change(&table, request, throughput)
        }
        logger.info("changed a table", metadata: ["table.name": "\(name)"])
        let size = try await store.size(table: name)
        return UpdateTable.Response(
            tableDescription: shape(table, status: "ACTIVE", size: size.table, indexSizes: size.indexes)
        )
    }

    private func validate(_ request: UpdateTable.Request, _ name: String) throws(ServiceError) {
        var validator = Validator()
        TableSchema.check(request.attributeDefinitions, &validator)
        validator.table(name)
        validator.choice("billingMode", request.billingMode, of: ["PROVISIONED", "PAY_PER_REQUEST"])
        TableSchema.check(request.provisionedThroughput, at: "provisionedThroughput", &validator)
        for (place, update) in (request.globalSecondaryIndexUpdates ?? []).enumerated() {
            let path = "globalSecondaryIndexUpdates.\(place + 1).member"
            if let create = update.create { TableSchema.check(create, at: "\(path).create", &validator) }
            if let change = update.update {
                TableSchema.check(indexName: change.indexName, at: "\(path).update", &validator)
                validator.require("\(path).update.provisionedThroughput", change.provisionedThroughput != nil)
                TableSchema.check(
                    change.provisionedThroughput,
                    at: "\(path).update.provisionedThroughput",
                    &validator
                )
            }
            if let delete = update.delete {
                TableSchema.check(indexName: delete.indexName, at: "\(path).delete", &validator)
            }
        }
        try validator.finish()
    }

    private func checkIndexNames(_ updates: [GlobalSecondaryIndexUpdate]) throws(ServiceError) {
        var names: Set<String> = []
        for update in updates {
            guard let name = update.update?.indexName ?? update.create?.indexName ?? update.delete?.indexName else {
                throw TableSchema.invalid(
                    """
                    One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, \
                    GlobalSecondaryIndexUpdate.Delete must not be null
                    """
                )
            }
            guard names.insert(name).inserted else {
                throw TableSchema.invalid(
                    """
                    Only one global secondary index update per index is allowed simultaneously. Index: \(name)
                    """
                )
            }
        }
        guard updates.filter({ $0.create != nil || $0.delete != nil }).count <= 1 else {
            throw ServiceError(
                .limitExceeded,
                """
                Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table
                """
            )
        }
    }

    private func change(
        _ table: inout TableDescription,
        _ request: UpdateTable.Request,
        _ throughput: TableThroughput?
    ) throws(ServiceError) {
        let isOnDemand = (request.billingMode ?? table.billingMode) == "PAY_PER_REQUEST"
        if isOnDemand, throughput != nil { try checkThroughput(request.provisionedThroughput, isOnDemand: true) }
        // A table of an older data folder may have none, and nobody asked for it here.
        if request.billingMode == "PROVISIONED", throughput == nil, table.throughput == nil {
            try checkThroughput(nil, isOnDemand: false)
        }
        if let throughput, throughput == table.throughput, request.billingMode ?? table.billingMode == table.billingMode
        {
            throw unchanged(throughput)
        }
        table.billingMode = request.billingMode ?? table.billingMode
        table.throughput = isOnDemand ? nil : throughput ?? table.throughput
        table.isProtected = request.deletionProtectionEnabled ?? table.isProtected
        for update in request.globalSecondaryIndexUpdates ?? [] {
            try change(&table, update, request.attributeDefinitions ?? [], isOnDemand: isOnDemand)
        }
        table.indexes.sort { $0.name < $1.name }
        try TableSchema.check(table.indexes)
    }

    private func change(
        _ table: inout TableDescription,
        _ update: GlobalSecondaryIndexUpdate,
        _ definitions: [AttributeDefinition],
        isOnDemand: Bool
    ) throws(ServiceError) {
        if let create = update.create {
            guard table.index(create.indexName ?? "") == nil else {
                throw ServiceError(.validation, "Attempting to create an index which already exists")
            }
            // An attribute that is a key already keeps its type.
            let known = attributeDefinitions(of: table)
            let added = definitions.filter { definition in
                !known.contains { $0.attributeName == definition.attributeName }
            }
            let schema = TableSchema(definitions: known + added)
            table.indexes.append(try schema.index(create, isOnDemand: isOnDemand))
        }
        if let change = update.update {
            guard let place = table.indexes.firstIndex(where: { $0.name == change.indexName }) else {
                throw indexNotFound
            }
            table.indexes[place].throughput = try TableSchema.throughput(change.provisionedThroughput)
        }
        if let delete = update.delete {
            guard table.index(delete.indexName ?? "") != nil else { throw indexNotFound }
            table.indexes.removeAll { $0.name == delete.indexName }
        }
    }

    private var indexNotFound: ServiceError { ServiceError(.resourceNotFound, "Requested resource not found") }

    private func unchanged(_ throughput: TableThroughput) -> ServiceError {
        ServiceError(
            .validation,
            """
            The provisioned throughput for the table will not change. The requested value equals the current value. \
            Current ReadCapacityUnits provisioned for the table: \(throughput.readUnits). \
            Requested ReadCapacityUnits: \(throughput.readUnits). \
            Current WriteCapacityUnits provisioned for the table: \(throughput.writeUnits). \
            Requested WriteCapacityUnits: \(throughput.writeUnits). \
            Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.
            """
        )
    }
}
