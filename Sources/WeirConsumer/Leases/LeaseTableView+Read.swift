import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime

extension LeaseTableView {
    /// Reads who holds what from an application's lease table. Throws `resourceNotFound` when there is no such table.
    public static func read(
        table name: String,
        from dynamoDB: any DynamoDBCalling
    ) async throws(ServiceError) -> LeaseTableView {
        let store = LeaseStore(table: LeaseTable(name: name), dynamoDB: dynamoDB, time: SystemTime())
        return LeaseTableView(leases: try await store.scan())
    }
}
