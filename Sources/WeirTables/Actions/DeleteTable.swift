import Logging
import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Deletes a table and its items.
    func deleteTable(_ request: DeleteTable.Request) async throws(ServiceError) -> DeleteTable.Response {
        let name = try checkedTableName(request.tableName)
        do throws(ServiceError) {
            let table = try await store.table(name: name)
            try await store.deleteTable(name: name)
            logger.info("deleted a table", metadata: ["table.name": "\(name)"])
            return DeleteTable.Response(tableDescription: shape(table, status: "DELETING"))
        } catch {
            throw tableError(error, name)
        }
    }
}
