import Synchronization
import WeirModel

extension EmbeddedStreamStore {
    public func changeSettings(
        of stream: String,
        _ change: StreamSettingsChange
    ) async throws(ServiceError) -> StreamSettingsUpdate {
        let live = try live(stream)
        let preparation = try await prepare(change, of: live)
        do throws(ServiceError) {
            return try await lifetime.change { [self] () async throws(ServiceError) in
                try await live.changes.withGate { () async throws(ServiceError) in
                    let update = try await carryOut(change, on: live, preparation)
                    if preparation.hasScaled, let end = live.transitionEnd {
                        live.withMachine { $0.enter(.updating, until: end) }
                    }
                    return update
                }
            }
        } catch {
            if let mode = preparation.reservedMode { registry.withLock { $0.releaseMode(mode) } }
            throw error
        }
    }

    /// What was done before a change.
    private struct Preparation {
        /// Whether the number of shards was changed.
        var hasScaled = false
        /// The capacity mode that the stream is counted in already; nil when the change counts it.
        var reservedMode: StreamMode?
    }

    /// Before a change that asks for a throughput to be kept ready: fits the number of shards to it. What cannot be done is
    /// refused before anything is.
    private func prepare(
        _ change: StreamSettingsChange,
        of live: LiveStream
    ) async throws(ServiceError) -> Preparation {
        switch change {
        case .mode(.onDemand, warmThroughputMiBps: _?), .warmThroughput: break
        default: return Preparation()
        }
        let plan = try plan(change, of: live, at: now)
        guard plan.changesAnything else { return Preparation() }
        if let mode = plan.newMode { try reserve(mode) }
        do throws(ServiceError) {
            let hasScaled = try await scale(live, for: change, to: plan.after.warmThroughputMiBps ?? 0)
            return Preparation(hasScaled: hasScaled, reservedMode: plan.newMode)
        } catch {
            if let mode = plan.newMode { registry.withLock { $0.releaseMode(mode) } }
            throw error
        }
    }

    private func reserve(_ mode: StreamMode) throws(ServiceError) {
        let errors = errors
        try registry.withLock { (registry) throws(ServiceError) in
            try registry.reserveMode(mode, errors: errors)
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
        on live: LiveStream,
        _ preparation: Preparation
    ) async throws(ServiceError) -> StreamSettingsUpdate {
        let now = live.now
        let plan = try plan(change, of: live, at: now)
        if plan.newMode == .provisioned, live.queues.count > 0, !allowsQueuesOnProvisionedStreams {
            throw QueueErrors.streamHasQueues(live.name, "UpdateStreamMode")
        }
        let reserved = preparation.reservedMode
        if plan.changesAnything { try await write(plan, on: live, reserved: reserved, at: now) }
        // Where another change gave the stream the mode meanwhile, that one counted it.
        if let reserved, plan.newMode != reserved { registry.withLock { $0.releaseMode(reserved) } }
        return StreamSettingsUpdate(before: plan.before, after: plan.after)
    }

    private func write(
        _ plan: SettingsPlan,
        on live: LiveStream,
        reserved: StreamMode?,
        at now: Timestamp
    ) async throws(ServiceError) {
        let uncounted = plan.newMode == reserved ? nil : plan.newMode
        if let uncounted { try reserve(uncounted) }
        do throws(ServiceError) {
            // The key is there before the stream says that it is encrypted.
            if let keyID = plan.after.encryptionKeyID, keyID != plan.before.encryptionKeyID {
                try await live.vault.prepare(keyID: keyID)
            }
            try await catalogue.setSettings(plan.after, counting: plan.kind, at: now, stream: live.id)
        } catch {
            if let uncounted { registry.withLock { $0.releaseMode(uncounted) } }
            throw error
        }
        let end = live.transitionEnd
        live.withMachine { machine in
            machine.setSettings(plan.after, counting: plan.kind, at: now)
            if let end { machine.enter(.updating, until: end) }
        }
        if plan.newMode != nil { live.forgetLoad() }
    }
}
