import Synchronization
import WeirRuntime

extension Log {
    /// When appends are acknowledged from now on. What is outstanding is synced at once when it is changed to `always`, and
    /// ``barrier()`` waits for that.
    public var durability: LogDurability {
        get { syncs.withLock { $0.durability } }
        set {
            let now = files.options.time.monotonicNanoseconds
            carryOut(syncs.withLock { $0.setDurability(newValue, at: now) })
        }
    }

    var acknowledgesWhenSynced: Bool { durability == .always }

    /// Entries were written at a time and acknowledged without a sync.
    func didWrite(at now: UInt64) { carryOut(syncs.withLock { $0.didWrite(at: now) }) }

    /// All that was written is synced.
    func didSync() { syncs.withLock { $0.didSync() } }

    private func carryOut(_ action: SyncStateMachine.Action) {
        switch action {
        case .none: break
        case .setTimer(let deadline): setTimer(deadline)
        case .sync:
            if queue.withLock({ $0.requestSync() }) { startWriter() }
        }
    }

    private func setTimer(_ deadline: UInt64) {
        let now = files.options.time.monotonicNanoseconds
        // The timer of a log that is let go rings for nothing.
        pool.alarms.ring(after: deadline > now ? deadline - now : 0) { [weak self] in
            guard let self else { return }
            let now = files.options.time.monotonicNanoseconds
            carryOut(syncs.withLock { $0.timerRang(deadline, at: now) })
        }
    }

    /// Syncs what was written before, on the writer's thread.
    func syncWritten() {
        let keepsMark = !acknowledgesWhenSynced
        let result = writer.withLock { writer in
            Result { () throws(LogError) in
                try writer.syncWritten()
                if !keepsMark { writer.unmark() }
            }
        }
        switch result {
        case .success: didSync()
        case .failure(let error): fail(error)
        }
    }
}
