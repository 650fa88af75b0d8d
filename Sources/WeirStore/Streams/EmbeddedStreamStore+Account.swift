import Synchronization
import WeirLog
import WeirModel

extension EmbeddedStreamStore {
    public func usage() async throws(ServiceError) -> StoreUsage {
        var usage = registry.withLock { $0.usage }
        usage.damagedRecordCount = damagedRecords.count
        usage.failedLogCount = logs.writers.failedLogCount
        let packed = logs.writers.packedBytes
        usage.compressionInputBytes = packed.before
        usage.compressionOutputBytes = packed.after
        return usage
    }

    public func throughputCommitment() async throws(ServiceError) -> ThroughputCommitment {
        commitment.withLock { $0 }
    }

    public func setThroughputCommitment(
        isEnabled: Bool
    ) async throws(ServiceError) -> ThroughputCommitment {
        try await lifetime.change { [self] () async throws(ServiceError) in
            try await accountChanges.withGate { () async throws(ServiceError) in
                let now = now
                var changed = commitment.withLock { $0 }
                if isEnabled { changed.enable(at: now) } else { changed.disable(at: now) }
                try await catalogue.setCommitment(changed)
                commitment.withLock { $0 = changed }
                return changed
            }
        }
    }
}
