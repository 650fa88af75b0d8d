import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// A table, and how many items it holds.
    func describeTable(_ request: DescribeTable.Request) async throws(ServiceError) -> DescribeTable.Response {
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.table(name)
        try validator.finish()
        do throws(ServiceError) {
            let table = try await store.table(name: name)
            let count = try await store.itemCount(table: name)
            return DescribeTable.Response(table: shape(table, status: "ACTIVE", itemCount: count))
        } catch {
            throw tableError(error, name)
        }
    }
}
