import WeirModel
import WeirStore
import WeirWire

extension TableService {
    /// Whether the items of a table expire.
    func describeTimeToLive(
        _ request: DescribeTimeToLive.Request
    ) async throws(ServiceError) -> DescribeTimeToLive.Response {
        let name = try checkedTableName(request.tableName)
        do throws(ServiceError) {
            let attribute = try await store.table(name: name).expiryAttribute
            return DescribeTimeToLive.Response(
                timeToLiveDescription: TimeToLiveDescription(
                    timeToLiveStatus: attribute == nil ? "DISABLED" : "ENABLED",
                    attributeName: attribute
                )
            )
        } catch {
            throw tableError(error, name)
        }
    }
}
