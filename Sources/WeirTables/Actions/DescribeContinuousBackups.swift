import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Whether the past of a table was asked to be kept.
    func describeContinuousBackups(
        _ request: DescribeContinuousBackups.Request
    ) async throws(ServiceError) -> DescribeContinuousBackups.Response {
        let name = try checkedTableName(request.tableName)
        do throws(ServiceError) {
            let table = try await store.table(name: name)
            return DescribeContinuousBackups.Response(continuousBackupsDescription: backups(of: table))
        } catch {
            throw backupError(error, name)
        }
    }
}
