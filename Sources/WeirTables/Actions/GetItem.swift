import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// The item under a key. Reads are always consistent.
    func getItem(_ request: GetItem.Request) async throws(ServiceError) -> GetItem.Response {
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.capacity(request.returnConsumedCapacity)
        validator.table(name)
        validator.count("attributesToGet", request.attributesToGet?.count, 1...Limits.maximumAttributesToGet)
        validator.require("key", request.key != nil)
        try validator.finish()
        let parts = try ItemParts(
            attributesToGet: request.attributesToGet,
            projection: request.projectionExpression,
            names: request.expressionAttributeNames
        )

        let key = request.key ?? [:]
        try await table(name).check(key: key)
        do throws(ServiceError) {
            let item = try await store.item(table: name, key: key)
            return GetItem.Response(
                item: item.map(parts.of),
                consumedCapacity: ConsumedCapacity(
                    request.returnConsumedCapacity,
                    table: name,
                    units: CapacityUnits.read(
                        bytes: sizeInBytes(of: item ?? [:]),
                        isConsistent: request.consistentRead ?? false
                    )
                )
            )
        } catch {
            throw itemError(error)
        }
    }
}
