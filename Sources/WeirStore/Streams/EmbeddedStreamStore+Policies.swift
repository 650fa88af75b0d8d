import Synchronization
import WeirModel

extension EmbeddedStreamStore {
    public func policy(of resource: PolicyResource) async throws(ServiceError) -> String? {
        let live = try live(resource.stream)
        return try await catalogue.policy(stream: live.id, consumer: resource.consumer)
    }

    @discardableResult
    public func setPolicy(_ policy: String?, of resource: PolicyResource) async throws(ServiceError) -> Bool {
        let live = try live(resource.stream)
        return try await lifetime.change { [self] () async throws(ServiceError) in
            try await live.changes.withGate { () async throws(ServiceError) in
                guard !live.withMachine({ $0.isDeleted }) else { throw errors.streamNotFound(resource.stream) }
                return try await catalogue.setPolicy(policy, stream: live.id, consumer: resource.consumer)
            }
        }
    }
}
