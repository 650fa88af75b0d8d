import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// The policy of a stream, a consumer or a queue: an empty object when it has none.
    func getResourcePolicy(
        _ request: GetResourcePolicy.Request
    ) async throws(ServiceError) -> GetResourcePolicy.Response {
        var validator = Validator()
        validator.resource(request.resourceARN, request.streamID)
        try validator.finish()
        if let queue = try policyQueue(request.resourceARN) {
            return GetResourcePolicy.Response(policy: try await queueStore().policy(queue: queue) ?? "{}")
        }
        let resource = try await policyResource(request.resourceARN, request.streamID)
        do throws(ServiceError) {
            return GetResourcePolicy.Response(policy: try await store.policy(of: resource) ?? "{}")
        } catch {
            throw streamError(error, request.resourceARN ?? resource.stream)
        }
    }
}
