import Logging
import Synchronization
import WeirModel

extension EmbeddedStreamStore {
    public func splitShard(
        stream: String,
        shard: ShardID,
        newStartingHashKey: HashKey
    ) async throws(ServiceError) {
        let errors = errors
        try await reshard(stream) { (description) throws(ServiceError) in
            try .split(description, shard: shard, newStartingHashKey: newStartingHashKey, errors: errors)
        }
    }

    public func mergeShards(stream: String, shard: ShardID, adjacent: ShardID) async throws(ServiceError) {
        let errors = errors
        try await reshard(stream) { (description) throws(ServiceError) in
            try .merge(description, shard: shard, adjacent: adjacent, errors: errors)
        }
    }

    private func reshard(
        _ name: String,
        plan: @escaping @Sendable (StreamDescription) throws(ServiceError) -> ReshardPlan
    ) async throws(ServiceError) {
        let live = try live(name)
        try await lifetime.change { [self] () async throws(ServiceError) in
            let plan = try live.beginReshard(plan)
            do throws(ServiceError) {
                try await carryOut(plan, on: live)
            } catch {
                live.abandonReshard()
                throw error
            }
        }
    }

    private func carryOut(_ plan: ReshardPlan, on live: LiveStream) async throws(ServiceError) {
        let errors = errors
        let additional = plan.additionalOpenShards
        try registry.withLock { (registry) throws(ServiceError) in
            try registry.reserveShards(additional, errors: errors)
        }
        do throws(ServiceError) {
            try await live.changes.withGate { () async throws(ServiceError) in
                let outcome = try await live.outcome(of: plan)
                try await catalogue.apply(outcome, stream: live.id)
                live.finishReshard(outcome)
                let children = outcome.opened.map(\.id.description).joined(separator: ", ")
                logger.info(
                    "stream resharded",
                    metadata: ["stream.name": "\(live.name)", "shards.opened": "\(children)"]
                )
            }
        } catch {
            registry.withLock { $0.releaseShards(additional) }
            throw error
        }
    }
}
