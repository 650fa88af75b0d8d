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

    public func updateShardCount(of stream: String, to target: Int) async throws(ServiceError) -> Int {
        let errors = errors
        let limits = dailyChangeLimits
        let now = now
        let live = try live(stream)
        return try await reshard(live) { (description, recent) throws(ServiceError) in
            try .shardCount(target, of: description, recent: recent, limits: limits, at: now, errors: errors)
        }
    }

    private func reshard(
        _ name: String,
        plan: @escaping @Sendable (StreamDescription) throws(ServiceError) -> ReshardPlan
    ) async throws(ServiceError) {
        _ = try await reshard(try live(name)) { (stream, _) throws(ServiceError) in try plan(stream) }
    }

    /// Plans a reshard and carries it out. Returns how many open shards there were before. One that is silent leaves the
    /// stream's status as it is.
    func reshard(
        _ live: LiveStream,
        isSilent: Bool = false,
        plan: @escaping @Sendable (StreamDescription, RecentChanges) throws(ServiceError) -> ReshardPlan
    ) async throws(ServiceError) -> Int {
        try await lifetime.change { [self] () async throws(ServiceError) in
            let (plan, before) = try live.beginReshard(isSilent: isSilent, plan)
            guard !plan.children.isEmpty else {
                live.abandonReshard()
                return before
            }
            do throws(ServiceError) {
                try await carryOut(plan, on: live, isSilent: isSilent)
            } catch {
                live.abandonReshard()
                throw error
            }
            return before
        }
    }

    private func carryOut(
        _ plan: ReshardPlan,
        on live: LiveStream,
        isSilent: Bool
    ) async throws(ServiceError) {
        let errors = errors
        let additional = plan.additionalOpenShards
        try registry.withLock { (registry) throws(ServiceError) in
            try registry.reserveShards(additional, errors: errors)
        }
        do throws(ServiceError) {
            try await live.changes.withGate { () async throws(ServiceError) in
                let outcome = try await live.outcome(of: plan)
                try await catalogue.apply(outcome, stream: live.id)
                live.finishReshard(outcome, isSilent: isSilent)
                logger.info(
                    "stream resharded",
                    metadata: [
                        "stream.name": "\(live.name)", "shards.closed": "\(outcome.closed.count)",
                        "shards.opened": "\(Self.names(outcome.opened))",
                    ]
                )
            }
        } catch {
            registry.withLock { $0.releaseShards(additional) }
            throw error
        }
    }

    /// The names of a few shards, or the first and the last of many.
    private static func names(_ shards: [ShardDescription]) -> String {
        guard shards.count > 4, let first = shards.first, let last = shards.last else {
            return shards.map(\.id.description).joined(separator: ", ")
        }
        return "\(first.id) to \(last.id)"
    }
}
