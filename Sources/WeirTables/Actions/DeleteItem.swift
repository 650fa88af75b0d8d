import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Deletes the item under a key, if the condition holds. There need not be one.
    func deleteItem(_ request: DeleteItem.Request) async throws(ServiceError) -> DeleteItem.Response {
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.capacity(request.returnConsumedCapacity)
        validator.table(name)
        validator.collectionMetrics(request.returnItemCollectionMetrics)
        validator.returnValues(request.returnValues)
        validator.returnOnFailure(request.returnValuesOnConditionCheckFailure)
        validator.require("key", request.key != nil)
        try validator.finish()
        let returnValues = try ReturnValues(request.returnValues, isUpdate: false)
        let write = try ConditionalWrite(
            .init(
                expected: request.expected,
                conditionalOperator: request.conditionalOperator,
                conditionExpression: request.conditionExpression,
                names: request.expressionAttributeNames,
                values: request.expressionAttributeValues,
                returnValuesOnFailure: request.returnValuesOnConditionCheckFailure
            )
        )

        let key = request.key ?? [:]
        try await table(name).check(key: key)
        do throws(ServiceError) {
            let versions = try await store.update(table: name, key: key) { old throws(ServiceError) in
                try write.check(old)
                return nil
            }
            return DeleteItem.Response(
                attributes: returnValues.attributes(of: versions),
                consumedCapacity: consumed(request.returnConsumedCapacity, name, versions)
            )
        } catch {
            throw itemError(error)
        }
    }
}
