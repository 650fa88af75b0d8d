import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Changes attributes of an item, or makes the item, if the conditions hold.
    func updateItem(_ request: UpdateItem.Request) async throws(ServiceError) -> UpdateItem.Response {
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.require("key", request.key != nil)
        validator.table(name)
        try validator.finish()
        try refuseUnsupported([
            ("ConditionExpression", request.conditionExpression != nil),
            ("UpdateExpression", request.updateExpression != nil),
        ])
        let returnValues = try ReturnValues(request.returnValues, isUpdate: true)
        let expectations = try Expectations(
            request.expected,
            conditionalOperator: request.conditionalOperator
        )
        let update = try ItemUpdate(request.attributeUpdates)

        let table = try await table(name)
        let keyItem = request.key ?? [:]
        let key = try table.hashKey(of: keyItem)
        try update.checkKey(table.hashKeyName)
        do throws(ServiceError) {
            let change = try await store.update(table: name, key: key) { old throws(ServiceError) in
                try expectations.check(old)
                let new = try update.apply(to: old, key: keyItem)
                guard sizeInBytes(of: new ?? [:]) <= Limits.maximumItemSizeInBytes else {
                    throw ServiceError(.validation, "Item size to update has exceeded the maximum allowed size")
                }
                return new
            }
            return UpdateItem.Response(
                attributes: returnValues.attributes(old: change.old, new: change.new, updated: update.attributes)
            )
        } catch {
            throw itemError(error)
        }
    }
}
