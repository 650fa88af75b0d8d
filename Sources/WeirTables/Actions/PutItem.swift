import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Puts an item in place of the one under its key, if the condition holds.
    func putItem(_ request: PutItem.Request) async throws(ServiceError) -> PutItem.Response {
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.capacity(request.returnConsumedCapacity)
        validator.table(name)
        validator.collectionMetrics(request.returnItemCollectionMetrics)
        validator.returnValues(request.returnValues)
        validator.returnOnFailure(request.returnValuesOnConditionCheckFailure)
        validator.require("item", request.item != nil)
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
        let item = request.item ?? [:]
        try checkSize(of: item)

        let key = try await table(name).key(ofItem: item)
        do throws(ServiceError) {
            let versions = try await store.update(table: name, key: key) { old throws(ServiceError) in
                try write.check(old)
                return item
            }
            return PutItem.Response(
                attributes: returnValues.attributes(of: versions),
                consumedCapacity: consumed(request.returnConsumedCapacity, name, versions)
            )
        } catch {
            throw itemError(error)
        }
    }

    /// Throws `validation` when an item is too large.
    func checkSize(of item: Item) throws(ServiceError) {
        guard sizeInBytes(of: item) <= Limits.maximumItemSizeInBytes else {
            throw ServiceError(.validation, "Item size has exceeded the maximum allowed size")
        }
    }

    func consumed(_ wish: String?, _ table: String, _ versions: ItemVersions) -> ConsumedCapacity? {
        ConsumedCapacity(wish, table: table, units: CapacityUnits.write(versions.old, versions.new))
    }
}
