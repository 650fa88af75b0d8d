import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Attaches a policy to a stream, a consumer or a queue, in place of the one before.
    func putResourcePolicy(_ request: PutResourcePolicy.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.resource(request.resourceARN, request.streamID)
        validator.require("policy", request.policy != nil)
        try validator.finish()
        let policy = request.policy ?? ""
        if let queue = try policyQueue(request.resourceARN) {
            try PolicyDocument.validate(policy, isEnforced: gate?.asksWhoCalls ?? false)
            _ = try await queueStore().setPolicy(policy, queue: queue)
            return EmptyResponse()
        }
        let resource = try await policyResource(request.resourceARN, request.streamID)
        try PolicyDocument.validate(policy)
        do throws(ServiceError) {
            try await store.setPolicy(policy, of: resource)
        } catch {
            throw streamError(error, request.resourceARN ?? resource.stream)
        }
        return EmptyResponse()
    }
}
