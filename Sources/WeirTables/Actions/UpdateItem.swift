import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Changes attributes of an item, or makes the item, if the condition holds.
    func updateItem(_ request: UpdateItem.Request) async throws(ServiceError) -> UpdateItem.Response {
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.capacity(request.returnConsumedCapacity)
        validator.table(name)
        validator.collectionMetrics(request.returnItemCollectionMetrics)
        validator.returnValues(request.returnValues)
        validator.returnOnFailure(request.returnValuesOnConditionCheckFailure)
        validator.require("key", request.key != nil)
        try validator.finish()
        let returnValues = try ReturnValues(request.returnValues, isUpdate: true)
        let write = try ConditionalWrite(
            .init(
                expected: request.expected,
                conditionalOperator: request.conditionalOperator,
                conditionExpression: request.conditionExpression,
                attributeUpdates: request.attributeUpdates,
                updateExpression: request.updateExpression,
                names: request.expressionAttributeNames,
                values: request.expressionAttributeValues,
                returnValuesOnFailure: request.returnValuesOnConditionCheckFailure,
                isUpdate: true
            )
        )

        let key = request.key ?? [:]
        let table = try await table(name)
        try table.check(key: key)
        try write.modification?.checkKey(table.keySchema)
        do throws(ServiceError) {
            let versions = try await store.update(table: name, key: key) { old throws(ServiceError) in
                try write.check(old)
                let new = try write.modification?.applied(to: old, key: key) ?? nil
                if let new { try table.checkIndexKeys(of: new) }
                return new
            }
            return UpdateItem.Response(
                attributes: returnValues.attributes(of: versions, changed: write.modification?.paths ?? []),
                consumedCapacity: consumed(request.returnConsumedCapacity, name, versions)
            )
        } catch {
            throw itemError(error)
        }
    }
}
