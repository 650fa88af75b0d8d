import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// The item under a key. Reads are always consistent.
    func getItem(_ request: GetItem.Request) async throws(ServiceError) -> GetItem.Response {
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.require("key", request.key != nil)
        validator.table(name)
        try validator.finish()
        try refuseUnsupported([("ProjectionExpression", request.projectionExpression != nil)])

        let table = try await table(name)
        let key = try table.hashKey(of: request.key ?? [:])
        do throws(ServiceError) {
            let item = try await store.item(table: name, key: key)
            return GetItem.Response(item: item.map { attributes(request.attributesToGet, of: $0) })
        } catch {
            throw itemError(error)
        }
    }

    /// The attributes that were asked for: all unless some are named.
    func attributes(_ names: [String]?, of item: Item) -> Item {
        guard let names else { return item }
        return item.filter { names.contains($0.key) }
    }
}
