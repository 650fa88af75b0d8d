import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Puts an item in place of the one under its key, if the conditions hold.
    func putItem(_ request: PutItem.Request) async throws(ServiceError) -> PutItem.Response {
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.require("item", request.item != nil)
        validator.table(name)
        try validator.finish()
        try refuseUnsupported([("ConditionExpression", request.conditionExpression != nil)])
        let returnValues = try ReturnValues(request.returnValues, isUpdate: false)
        let expectations = try Expectations(
            request.expected,
            conditionalOperator: request.conditionalOperator
        )

        let table = try await table(name)
        let item = request.item ?? [:]
        let key = try table.hashKey(ofItem: item)
        guard sizeInBytes(of: item) <= Limits.maximumItemSizeInBytes else {
            throw ServiceError(.validation, "Item size has exceeded the maximum allowed size")
        }
        do throws(ServiceError) {
            let change = try await store.update(table: name, key: key) { old throws(ServiceError) in
                try expectations.check(old)
                return item
            }
            return PutItem.Response(attributes: returnValues.attributes(old: change.old, new: change.new))
        } catch {
            throw itemError(error)
        }
    }
}
