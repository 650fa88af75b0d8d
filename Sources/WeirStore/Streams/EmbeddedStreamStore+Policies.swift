import Synchronization
import WeirModel

extension EmbeddedStreamStore {
    public func policy(of resource: PolicyResource) async throws(ServiceError) -> String? {
        let live = try live(resource.stream)
        try requireConsumer(of: resource, live)
        return try await catalogue.policy(stream: live.id, consumer: resource.consumer)
    }

    @discardableResult
    public func setPolicy(_ policy: String?, of resource: PolicyResource) async throws(ServiceError) -> Bool {
        let live = try live(resource.stream)
        return try await lifetime.change { [self] () async throws(ServiceError) in
            try await live.changes.withGate { () async throws(ServiceError) in
                try live.refuse([.creating, .deleting])
                try requireConsumer(of: resource, live)
                return try await catalogue.setPolicy(policy, stream: live.id, consumer: resource.consumer)
            }
        }
    }

    /// A policy of a consumer goes with it, so there must be the consumer.
    private func requireConsumer(of resource: PolicyResource, _ live: LiveStream) throws(ServiceError) {
        guard let consumer = resource.consumer else { return }
        guard live.description.consumers.contains(where: { $0.policyName == consumer }) else {
            throw errors.consumerNotFound(consumer)
        }
    }
}
