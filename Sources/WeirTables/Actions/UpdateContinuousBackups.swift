import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension TableService {
    /// Keeps in mind that the past of a table was asked to be kept. It is not: whoever needs a backup backs up the data
    /// folder.
    func updateContinuousBackups(
        _ request: UpdateContinuousBackups.Request
    ) async throws(ServiceError) -> UpdateContinuousBackups.Response {
        let name = try tableName(request.tableName)
        let specification = request.pointInTimeRecoverySpecification
        var validator = Validator()
        validator.table(name)
        validator.require("pointInTimeRecoverySpecification", specification != nil)
        if let specification {
            validator.require(
                "pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled",
                specification.pointInTimeRecoveryEnabled != nil
            )
            validator.number(
                "pointInTimeRecoverySpecification.recoveryPeriodInDays",
                specification.recoveryPeriodInDays,
                1...Limits.maximumRecoveryPeriodInDays
            )
        }
        try validator.finish()
        let isEnabled = specification?.pointInTimeRecoveryEnabled ?? false
        let now = Timestamp(millisecondsSinceEpoch: time.wallMilliseconds)
        do throws(ServiceError) {
            let table = try await store.changeTable(name: name) { table in
                table.recoverySince = isEnabled ? table.recoverySince ?? now : nil
            }
            return UpdateContinuousBackups.Response(continuousBackupsDescription: backups(of: table))
        } catch {
            throw backupError(error, name)
        }
    }

    /// What the table says of its backups.
    func backups(of table: TableDescription) -> ContinuousBackupsDescription {
        let since = table.recoverySince
        return ContinuousBackupsDescription(
            continuousBackupsStatus: "ENABLED",
            pointInTimeRecoveryDescription: PointInTimeRecoveryDescription(
                pointInTimeRecoveryStatus: since == nil ? "DISABLED" : "ENABLED",
                earliestRestorableDateTime: since,
                latestRestorableDateTime: since.map { _ in Timestamp(millisecondsSinceEpoch: time.wallMilliseconds) }
            )
        )
    }

    /// Backups have an error of their own for a table that is not there.
    func backupError(_ error: ServiceError, _ name: String) -> ServiceError {
        guard error.code == .resourceNotFound else { return error }
        return ServiceError(.tableNotFound, "Table not found: \(name)", cause: error)
    }
}
