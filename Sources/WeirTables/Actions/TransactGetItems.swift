import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Items under many keys, of one moment.
    func transactGetItems(
        _ request: TransactGetItems.Request
    ) async throws(ServiceError) -> TransactGetItems.Response {
        let steps = request.transactItems ?? []
        var validator = Validator()
        validator.capacity(request.returnConsumedCapacity)
        validator.require("transactItems", request.transactItems != nil)
        validator.count("transactItems", request.transactItems?.count, 1...Limits.maximumTransactionCount)
        for (place, step) in steps.enumerated() {
            let path = "transactItems.\(place + 1).member.get"
            validator.require(path, step.get != nil)
            validator.require("\(path).tableName", step.get?.tableName != nil)
            validator.require("\(path).key", step.get?.key != nil)
        }
        try validator.finish()

        var parts: [ItemParts] = []
        for step in steps {
            parts.append(
                try ItemParts(
                    attributesToGet: nil,
                    projection: step.get?.projectionExpression,
                    names: step.get?.expressionAttributeNames
                )
            )
        }
        var references: [ItemReference] = []
        for step in steps {
            let table = try await table(try tableName(step.get?.tableName))
            let key = step.get?.key ?? [:]
            try table.check(key: key)
            references.append(ItemReference(table: table.name, key: key))
        }
        do throws(ServiceError) {
            let items = try await store.items(references)
            var units: [String: Double] = [:]
            for (reference, item) in zip(references, items) {
                let bytes = sizeInBytes(of: item ?? [:])
                units[reference.table, default: 0] += 2 * CapacityUnits.read(bytes: bytes, isConsistent: true)
            }
            return TransactGetItems.Response(
                responses: zip(items, parts).map { item, parts in ItemResponse(item: item.map(parts.of)) },
                consumedCapacity: consumed(request.returnConsumedCapacity, units)
            )
        } catch {
            throw itemError(error)
        }
    }
}
