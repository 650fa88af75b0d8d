import Synchronization
import WeirModel

extension EmbeddedStreamStore {
    public func changeSettings(
        of stream: String,
        _ change: StreamSettingsChange
    ) async throws(ServiceError) -> StreamSettingsUpdate {
        let live = try live(stream)
        let hasScaled = try await scaleFirst(live, for: change)
        return try await lifetime.change { [self] () async throws(ServiceError) in
            try await live.changes.withGate { () async throws(ServiceError) in
                let update = try await carryOut(change, on: live)
                if hasScaled, let end = live.transitionEnd { live.withMachine { $0.enter(.updating, until: end) } }
                return update
            }
        }
    }

    /// Before a change that asks for a throughput to be kept ready: fits the number of shards to it. Returns whether it did.
    private func scaleFirst(_ live: LiveStream, for change: StreamSettingsChange) async throws(ServiceError) -> Bool {
        switch change {
        case .mode(.onDemand, warmThroughputMiBps: _?), .warmThroughput:
            // What cannot be done is refused before anything is.
            let after = try plan(change, of: live, at: now).after
            return try await scale(live, for: change, to: after.warmThroughputMiBps ?? 0)
        default: return false
        }
    }

    private func plan(
        _ change: StreamSettingsChange,
        of live: LiveStream,
        at now: Timestamp
    ) throws(ServiceError) -> SettingsPlan {
        let (stream, recent) = try live.activeStream()
        return try SettingsPlan(
            change,
            of: stream,
            recent: recent,
            limits: dailyChangeLimits,
            at: now,
            errors: errors
        )
    }

    private func carryOut(
        _ change: StreamSettingsChange,
        on live: LiveStream
    ) async throws(ServiceError) -> StreamSettingsUpdate {
        let now = live.now
        let plan = try plan(change, of: live, at: now)
        if plan.changesAnything { try await write(plan, on: live, at: now) }
        return StreamSettingsUpdate(before: plan.before, after: plan.after)
    }

    private func write(_ plan: SettingsPlan, on live: LiveStream, at now: Timestamp) async throws(ServiceError) {
        let errors = errors
        let newMode = plan.before.mode == plan.after.mode ? nil : plan.after.mode
        if let newMode {
            try registry.withLock { (registry) throws(ServiceError) in
                try registry.reserveMode(newMode, errors: errors)
            }
        }
        do throws(ServiceError) {
            // The key is there before the stream says that it is encrypted.
            if let keyID = plan.after.encryptionKeyID, keyID != plan.before.encryptionKeyID {
                try await live.vault.prepare(keyID: keyID)
            }
            try await catalogue.setSettings(plan.after, counting: plan.kind, at: now, stream: live.id)
        } catch {
            if let newMode { registry.withLock { $0.releaseMode(newMode) } }
            throw error
        }
        let end = live.transitionEnd
        live.withMachine { machine in
            machine.setSettings(plan.after, counting: plan.kind, at: now)
            if let end { machine.enter(.updating, until: end) }
        }
    }
}
