import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Removes the policy of a stream, a consumer or a queue.
    func deleteResourcePolicy(_ request: DeleteResourcePolicy.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.resource(request.resourceARN, request.streamID)
        try validator.finish()
        if let queue = try policyQueue(request.resourceARN) {
            guard try await queueStore().setPolicy(nil, queue: queue) else {
                throw noPolicy(of: request.resourceARN ?? "")
            }
            return EmptyResponse()
        }
        let resource = try await policyResource(request.resourceARN, request.streamID)
        let existed: Bool
        do throws(ServiceError) {
            existed = try await store.setPolicy(nil, of: resource)
        } catch {
            throw streamError(error, request.resourceARN ?? resource.stream)
        }
        guard existed else {
            let arn = request.resourceARN ?? arn(of: resource.stream)
            throw noPolicy(of: arn)
        }
        return EmptyResponse()
    }

    private func noPolicy(of arn: String) -> ServiceError {
        ServiceError(.resourceNotFound, "No resource policy found for resource ARN \(arn).")
    }
}
