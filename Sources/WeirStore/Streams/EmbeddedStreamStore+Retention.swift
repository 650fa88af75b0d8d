import Synchronization
import WeirLog
import WeirModel

extension EmbeddedStreamStore {
    public func setRetention(stream: String, hours: Int) async throws(ServiceError) {
        guard hours >= Limits.minimumRetentionHours else { throw errors.retentionTooShort(hours: hours) }
        guard hours <= Limits.maximumRetentionHours else { throw errors.retentionTooLong(hours: hours) }
        let live = try live(stream)
        try await lifetime.change { [self] () async throws(ServiceError) in
            try await live.changes.withGate { () async throws(ServiceError) in
                try live.refuse([.creating, .updating, .deleting])
                let now = live.now
                let agedOut = live.withMachine { $0.agedOutBefore(settingRetention: hours, at: now) }
                try await catalogue.setRetention(stream: live.id, hours: hours, agedOutBefore: agedOut)
                let end = live.description.retentionHours == hours ? nil : live.transitionEnd
                live.withMachine { machine in
                    machine.setRetention(hours: hours, agedOutBefore: agedOut)
                    if let end { machine.enter(.updating, until: end) }
                }
            }
        }
    }

    /// Drops what has aged out. A stream that fails does not keep the others from it; the first error is thrown.
    public func enforceRetention() async throws(ServiceError) {
        var failure: ServiceError?
        for live in registry.withLock({ $0.streams }) {
            do throws(ServiceError) {
                try await lifetime.change { [self] () async throws(ServiceError) in
                    try await live.changes.withGate { () async throws(ServiceError) in
                        try await enforceRetention(of: live)
                    }
                }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func enforceRetention(of live: LiveStream) async throws(ServiceError) {
        guard !live.withMachine({ $0.isDeleted }) else { return }
        let now = live.now
        let (horizon, agedOut) = live.withMachine { ($0.trimHorizon(at: now), $0.agedOutShards(at: now)) }
        if !agedOut.isEmpty {
            try await catalogue.dropShards(agedOut, stream: live.id)
            live.withMachine { $0.drop(agedOut) }
            live.watch.signal(agedOut)
        }
        try await live.trimQueues(at: horizon)
        do throws(LogError) {
            try await live.log.trim(before: horizon.millisecondsSinceEpoch)
        } catch {
            throw live.serviceError(error)
        }
    }
}
