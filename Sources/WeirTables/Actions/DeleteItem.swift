import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Deletes the item under a key, if the conditions hold. There need not be one.
    func deleteItem(_ request: DeleteItem.Request) async throws(ServiceError) -> DeleteItem.Response {
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.require("key", request.key != nil)
        validator.table(name)
        try validator.finish()
        try refuseUnsupported([("ConditionExpression", request.conditionExpression != nil)])
        let returnValues = try ReturnValues(request.returnValues, isUpdate: false)
        let expectations = try Expectations(
            request.expected,
            conditionalOperator: request.conditionalOperator
        )

        let table = try await table(name)
        let key = try table.hashKey(of: request.key ?? [:])
        do throws(ServiceError) {
            let change = try await store.update(table: name, key: key) { old throws(ServiceError) in
                try expectations.check(old)
                return nil
            }
            return DeleteItem.Response(attributes: returnValues.attributes(old: change.old, new: nil))
        } catch {
            throw itemError(error)
        }
    }
}
