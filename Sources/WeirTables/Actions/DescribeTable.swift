import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// A table, its indexes, and how much they hold.
    func describeTable(_ request: DescribeTable.Request) async throws(ServiceError) -> DescribeTable.Response {
        let name = try checkedTableName(request.tableName)
        do throws(ServiceError) {
            let table = try await store.table(name: name)
            let size = try await store.size(table: name)
            return DescribeTable.Response(
                table: shape(table, status: "ACTIVE", size: size.table, indexSizes: size.indexes)
            )
        } catch {
            throw tableError(error, name)
        }
    }
}
