import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// The names of the tables, page by page in ascending order.
    func listTables(_ request: ListTables.Request) async throws(ServiceError) -> ListTables.Response {
        var validator = Validator()
        validator.text(
            "exclusiveStartTableName",
            request.exclusiveStartTableName,
            pattern: .name,
            length: Limits.minimumTableNameLength...Limits.maximumTableNameLength
        )
        validator.number("limit", request.limit, 1...Limits.maximumListTablesLimit)
        try validator.finish()
        try authorize(table: "*")
        let limit = request.limit ?? Limits.maximumListTablesLimit
        var names = try await store.tableNames(after: request.exclusiveStartTableName, limit: limit + 1)
        let hasMore = names.count > limit
        names.removeLast(max(0, names.count - limit))
        return ListTables.Response(tableNames: names, lastEvaluatedTableName: hasMore ? names.last : nil)
    }
}
