import Logging
import Synchronization
import WeirModel

extension EmbeddedStreamStore {
    public func performUpkeep() async throws(ServiceError) {
        try await removeGoneStreams()
        guard registry.withLock({ $0.usage.onDemandStreamCount > 0 }) else { return }
        for live in registry.withLock({ $0.streams }) {
            let usage = registry.withLock { $0.usage }
            // Where there is no room at all, one split is tried all the same: the log then tells that it was refused.
            let decision = live.scalingDecision(room: max(1, usage.maximumOpenShardCount - usage.openShardCount))
            if decision != .keep { await scale(live, decision) }
        }
    }

    /// Splits or merges the shards of a stream on demand. What cannot be done now is decided again later.
    private func scale(_ live: LiveStream, _ decision: OnDemandScalingStateMachine.Decision) async {
        do throws(ServiceError) {
            _ = try await reshard(live, isSilent: true) { (stream, _) in .onDemand(decision, stream) }
        } catch {
            logger.warning(
                "a stream on demand could not be scaled",
                metadata: ["stream.name": "\(live.name)", "error.message": "\(error)"]
            )
        }
    }

    /// Fits the number of shards to a throughput that is to be kept ready, and tells whether it changed. Only a call about
    /// that throughput alone makes the stream smaller, and only once its load is known, never below it.
    func scale(
        _ live: LiveStream,
        for change: StreamSettingsChange,
        to mebibytesPerSecond: Int
    ) async throws(ServiceError) -> Bool {
        let ready = max(mebibytesPerSecond, Limits.onDemandShardCount)
        let needed: Int
        if case .mode = change { needed = .max } else { needed = live.neededShardCount }
        @Sendable func target(_ open: Int) -> Int { max(ready, min(open, needed)) }
        let open = live.description.openShardsByHashKey.count
        guard target(open) != open else { return false }
        // It may have been scaled by its load meanwhile.
        let before = try await reshard(live, isSilent: true) { (stream, _) in
            let open = stream.openShardsByHashKey.count
            return target(open) == open
                ? ReshardPlan(parents: [], children: []) : .uniform(stream, shardCount: target(open))
        }
        return target(before) != before
    }
}
