import Logging
import Synchronization
import WeirRuntime

extension Log {
    /// Whether sealed segments are packed from now on; also those that were sealed before, the newest first. Packed segments
    /// stay so.
    public var compression: LogCompression {
        get { packing.withLock(\.compression) }
        set { carryOut(packing.withLock { $0.setCompression(newValue) }) }
    }

    /// The log was opened.
    func beginPacking() { carryOut(packing.withLock { $0.didOpen() }) }

    /// There is another sealed segment.
    func didSeal() { carryOut(packing.withLock { $0.didSeal() }) }

    /// Nothing is packed any more, and no file touched for it, when this returns. Waits for the step that is under way.
    func stopPacking() {
        packing.withLock { $0.stop() }
        packer.withLock { packer in
            packer?.abandon()
            packer = nil
        }
    }

    /// Returns when all sealed segments are packed that are to be; or when one could not be, and waits for another attempt. At
    /// once where nothing is packed. For tests.
    package func waitForPacking() async {
        await withCheckedContinuation { waiter in
            packingWaiters.withLock { $0.append(waiter) }
            wakeWaiters()
        }
    }

    private func wakeWaiters() {
        guard packing.withLock(\.isIdle) else { return }
        let waiters = packingWaiters.withLock { waiters in
            defer { waiters = [] }
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func carryOut(_ action: PackingStateMachine.Action) {
        switch action {
        case .none: wakeWaiters()
        case .takeTurn:
            pool.packing.take { [self] in
                let isUsed = packing.withLock { $0.begin() }
                if isUsed { pool.pack(packSome) } else { carryOut(end(nil)) }
                return isUsed
            }
        case .setTimer(let deadline):
            let now = files.options.time.monotonicNanoseconds
            pool.alarms.ring(after: deadline > now ? deadline - now : 0) { [weak self] in
                guard let self else { return }
                carryOut(packing.withLock { $0.timerRang(deadline) })
            }
            wakeWaiters()
        }
    }

    private func end(_ outcome: PackingStateMachine.Outcome?) -> PackingStateMachine.Action {
        let now = files.options.time.monotonicNanoseconds
        return packing.withLock { $0.end(outcome, at: now) }
    }

    /// Packs a little, on the packing thread.
    private func packSome(_ isActive: Bool) {
        let (isDone, outcome) = packer.withLock { packer -> (Bool, PackingStateMachine.Outcome?) in
            guard isActive, packing.withLock(\.isWanted) else {
                // Without threads, no file may be touched; opening the log removes it. Nor will there be another turn.
                if isActive { packer?.abandon() } else { packing.withLock { $0.stop() } }
                packer = nil
                return (true, nil)
            }
            do throws(LogError) {
                return try packStep(&packer)
            } catch {
                packer?.abandon()
                packer = nil
                didFailToPack(error)
                return (true, .failed)
            }
        }
        guard isDone else { return pool.pack(packSome) }
        let action = end(outcome)
        pool.packing.giveBack()
        carryOut(action)
    }

    private func packStep(
        _ packer: inout SegmentPacker?
    ) throws(LogError) -> (Bool, PackingStateMachine.Outcome?) {
        if packer == nil {
            guard let segment = index.newestUnsettled else { return (true, .nothingLeft) }
            packer = try SegmentPacker(segment, files: files)
            if packer == nil {
                segment.isSettled = true
                return (true, .settled)
            }
        }
        guard let current = packer else { return (true, .settled) }
        switch try current.step() {
        case .goesOn: return (false, nil)
        case .unneeded: current.abandon()
        case .done(let bytes): try replace(current, bytes)
        }
        current.segment.isSettled = true
        packer = nil
        return (true, .settled)
    }

    /// Puts the packed file in the segment's place, unless it was trimmed away.
    private func replace(_ packer: SegmentPacker, _ bytes: PackedBytes) throws(LogError) {
        let segment = packer.segment
        // A segment leaves the log before its file is removed, under this lock: so no file comes back.
        let isReplaced = try removal.withLock { (_) throws(LogError) in
            if segment.isDropped { return false }
            try files.replace(segment, spares: spares) { pool.segments.didReplaceFile(of: segment) }
            return true
        }
        guard isReplaced else { return packer.abandon() }
        pool.packing.count(bytesBefore: Int64(bytes.before), after: Int64(bytes.after))
        if packingFailed.exchange(false, ordering: .relaxed) {
            files.logger.notice("Segments of a log are packed again", metadata: ["log.directory": "\(files.directory)"])
        }
        files.logger.debug(
            "A log segment was packed",
            metadata: [
                "log.segment": "\(segment.path)", "bytes.before": "\(bytes.before)", "bytes.after": "\(bytes.after)",
            ]
        )
    }

    /// Tells the first failure of a row: on a full disk there are many.
    private func didFailToPack(_ error: LogError) {
        if packingFailed.exchange(true, ordering: .relaxed) { return }
        files.logger.warning(
            "A log segment could not be packed, and stays as it is; it is tried again later",
            metadata: ["log.directory": "\(files.directory)", "error.message": "\(error)"]
        )
    }
}
