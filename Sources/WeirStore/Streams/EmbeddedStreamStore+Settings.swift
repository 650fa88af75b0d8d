import Synchronization
import WeirModel

extension EmbeddedStreamStore {
    public func changeSettings(
        of stream: String,
        _ change: StreamSettingsChange
    ) async throws(ServiceError) -> StreamSettingsUpdate {
        let live = try live(stream)
        return try await lifetime.change { [self] () async throws(ServiceError) in
            try await live.changes.withGate { () async throws(ServiceError) in
                try await carryOut(change, on: live)
            }
        }
    }

    private func carryOut(
        _ change: StreamSettingsChange,
        on live: LiveStream
    ) async throws(ServiceError) -> StreamSettingsUpdate {
        let now = live.now
        let (stream, recent) = try live.activeStream()
        let plan = try SettingsPlan(
            change,
            of: stream,
            recent: recent,
            limits: dailyChangeLimits,
            at: now,
            errors: errors
        )
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
        live.withMachine { $0.setSettings(plan.after, counting: plan.kind, at: now) }
    }
}
