import WeirModel

/// Acknowledging, extending and returning what is held.
extension QueueConsumerStateMachine {
    /// Calls that acknowledge or return records, at a time, at most.
    static let maximumSettlingCalls = 8
    /// Calls that extend, at a time, at most: each holds a connection.
    static let maximumExtensionCalls = 8

    var maySettle: Bool { calls.values.count { $0.kind != .extend } < Self.maximumSettlingCalls }

    private var mayExtend: Bool { calls.values.count { $0.kind == .extend } < Self.maximumExtensionCalls }

    /// Whether nothing more will come that a call could take along.
    var isHurried: Bool { shutdownAt != nil }

    // MARK: Time

    /// Looks at all records: what is to be extended, what has run out.
    mutating func check(_ now: UInt64, _ actions: inout [Action]) {
        var due: [Int] = []
        // What is due soon goes along.
        let soon = now + visibilityTime / 10
        for id in held.keys.sorted() {
            checkHandler(id, now, &actions)
            guard let record = held[id] else { continue }
            if record.mayBeExtended, !record.isInExtensionLine, record.extendAt <= soon { due.append(id) }
            if !record.isSettling, !record.isExpired, record.visibleAt <= now { expire(id, record, &actions) }
        }
        due = due.filter { held[$0] != nil }
        if due.contains(where: { (held[$0]?.extendAt ?? .max) <= now }) {
            for id in due { held[id]?.isInExtensionLine = true }
            // Whose time is over first comes first.
            extensions.append(contentsOf: due.sorted { (held[$0]?.visibleAt ?? 0) < (held[$1]?.visibleAt ?? 0) })
        }
        let next = held.values.lazy.map(\.checkAt).min() ?? .max
        checkAt = min(next, handlers.values.lazy.filter { $0.cancelReason == nil }.map(\.deadline).min() ?? .max)
    }

    private mutating func checkHandler(_ id: Int, _ now: UInt64, _ actions: inout [Action]) {
        guard let run = handlers[id], run.cancelReason == nil, run.deadline <= now else { return }
        actions.append(.report(.handlerTimedOut(id)))
        cancelHandler(id, .timedOut, &actions)
    }

    mutating func cancelHandler(_ id: Int, _ reason: CancelReason, _ actions: inout [Action]) {
        guard handlers[id] != nil, handlers[id]?.cancelReason == nil else { return }
        handlers[id]?.cancelReason = reason
        // Its record is returned when it ends; if it does not, the record's time runs out.
        held[id]?.extendAt = .max
        actions.append(.cancelHandler(id, reason))
    }

    /// The time of a record is over: another consumer may have it.
    private mutating func expire(_ id: Int, _ record: HeldRecord, _ actions: inout [Action]) {
        switch record.phase {
        case .waiting: release(id, .letGo(id), &actions)
        case .running where handlers[id]?.cancelReason != nil: release(id, .letGo(id), &actions)
        case .running:
            // The service may take its results all the same, and tells when it does not.
            held[id]?.isExpired = true
            actions.append(.report(.visibilityExpired(id)))
        case .acknowledging: held[id]?.isExpired = true
        // What the extension under way came to is not known yet.
        case .returning where record.isExtending: held[id]?.isExpired = true
        case .returning: release(id, .letGo(id), &actions)
        }
    }

    /// Extends what is due, as far as calls may be made.
    mutating func extend(_ now: UInt64, _ actions: inout [Action]) {
        while mayExtend {
            let batch = nextToExtend()
            guard !batch.isEmpty else { return }
            let call = nextNumber()
            calls[call] = SettlingCall(kind: .extend, ids: batch, beganAt: now)
            let seconds = batch.map { _ in settings.visibility }
            actions.append(.changeVisibility(call: call, batch, seconds: seconds))
        }
    }

    /// The next records of the line, but for those whose extension is of no use any more.
    private mutating func nextToExtend() -> [Int] {
        var batch: [Int] = []
        while batch.count < Self.batchSize, let id = extensions.next() {
            guard var record = held[id], record.isInExtensionLine else { continue }
            record.isInExtensionLine = false
            record.isExtending = record.mayBeExtended && record.extendAt < .max
            held[id] = record
            if record.isExtending { batch.append(id) }
        }
        return batch
    }

    // MARK: Calls

    /// Acknowledges and returns what is due.
    mutating func settle(_ now: UInt64, _ actions: inout [Action]) {
        guard now >= settleAt else { return }
        let delay = settings.acknowledgementDelay
        while maySettle, let due = acknowledgements.due(isHurried: isHurried, delay: delay), due <= now {
            let batch = acknowledgements.takeBatch(at: now)
            let call = begin(.acknowledge, batch, now)
            actions.append(.acknowledge(call: call, batch))
        }
        while maySettle, let due = returns.due(isHurried: isHurried, delay: delay), due <= now {
            let batch = returns.takeBatch(at: now)
            let call = begin(.giveBack, batch, now)
            actions.append(.changeVisibility(call: call, batch, seconds: batch.map { returnSeconds($0) }))
        }
    }

    private func returnSeconds(_ id: Int) -> Int {
        if case .returning(let seconds)? = held[id]?.phase { seconds } else { 0 }
    }

    private mutating func begin(_ kind: SettlingCall.Kind, _ ids: [Int], _ now: UInt64) -> Int {
        let call = nextNumber()
        for id in ids { held[id]?.isSettling = true }
        calls[call] = SettlingCall(kind: kind, ids: ids, beganAt: now)
        return call
    }

    mutating func answered(_ outcomes: [Int: EntryOutcome], _ call: Int, _ now: UInt64, _ actions: inout [Action]) {
        guard let begun = calls.removeValue(forKey: call) else { return }
        hasSettled = true
        var extended = 0
        var failed: [Int] = []
        for id in begun.ids where held[id] != nil {
            switch (begun.kind, outcomes[id] ?? .failed) {
            case (.acknowledge, .done): release(id, .acknowledged(id), &actions)
            case (.acknowledge, .gone): release(id, .acknowledgementRefused(id), &actions)
            case (.giveBack, .done): release(id, .returned(id, seconds: returnSeconds(id)), &actions)
            case (.giveBack, .gone): release(id, .receiptLost(id), &actions)
            case (.extend, .done):
                extended += 1
                wasExtended(id, from: begun.beganAt, now)
            case (.extend, .gone): lose(id, now, &actions)
            case (_, .failed): failed.append(id)
            }
        }
        if extended > 0 { actions.append(.report(.extended(count: extended))) }
        guard begun.kind != .extend else { return extendAgain(failed, now, &actions) }
        settleFailures = 0
        // The service takes others: these alone have to wait, and those that failed as often wait together, so that they are
        // one call again.
        var pauses: [Int: UInt64] = [:]
        for id in failed {
            let failures = (held[id]?.settleFailures ?? 0) + 1
            held[id]?.settleFailures = failures
            let pause = pauses[failures] ?? pause(failures: failures)
            pauses[failures] = pause
            settleAgain(id, begun.kind, notBefore: now + pause)
        }
    }

    mutating func callFailed(_ failure: Failure, _ call: Int, _ now: UInt64, _ actions: inout [Action]) {
        guard let begun = calls.removeValue(forKey: call) else { return }
        var ids = begun.ids.filter { held[$0] != nil }
        switch failure {
        case .transient: return retry(ids, begun.kind, now, &actions)
        case .clientEnded(let error): end(error, now)
        case .refused(let error) where !hasSettled: end(error, now)
        case .refused:
            // It was allowed before: somebody may be changing a policy, or credentials are renewed. As long as a record is held, it is
            // tried again.
            let hopeful = ids.filter { (held[$0]?.visibleAt ?? 0) > now }
            if !hopeful.isEmpty { retry(hopeful, begun.kind, now, &actions) }
            ids.removeAll(where: hopeful.contains)
            if ids.isEmpty { return }
        case .queueMissing: break
        }
        // Another attempt would not help.
        switch begun.kind {
        case .acknowledge: for id in ids { release(id, .acknowledgementRefused(id), &actions) }
        case .giveBack: for id in ids { release(id, .letGo(id), &actions) }
        case .extend:
            actions.append(.report(.extensionFailed(count: ids.count)))
            for id in ids { extensionEnded(id, extendAt: .max, now) }
        }
    }

    /// The records of a call that failed are tried again, after a pause, and so is all that waits for such a call.
    private mutating func retry(_ ids: [Int], _ kind: SettlingCall.Kind, _ now: UInt64, _ actions: inout [Action]) {
        guard kind != .extend else { return extendAgain(ids, now, &actions) }
        guard !ids.isEmpty else { return }
        settleFailures += 1
        settleAt = max(settleAt, now + pause(failures: settleFailures))
        for id in ids { settleAgain(id, kind, notBefore: now) }
    }

    private mutating func settleAgain(_ id: Int, _ kind: SettlingCall.Kind, notBefore time: UInt64) {
        held[id]?.isSettling = false
        if kind == .acknowledge {
            acknowledgements.append(id, notBefore: time)
        } else {
            returns.append(id, notBefore: time)
        }
        checkAt = min(checkAt, held[id]?.checkAt ?? .max)
    }

    private mutating func extendAgain(_ ids: [Int], _ now: UInt64, _ actions: inout [Action]) {
        if !ids.isEmpty { actions.append(.report(.extensionFailed(count: ids.count))) }
        for id in ids {
            let failures = (held[id]?.extensionFailures ?? 0) + 1
            held[id]?.extensionFailures = failures
            // Soon enough that there are several attempts before the time is over.
            let wait = min(pause(failures: failures), max(visibilityTime / 16, 50_000_000))
            extensionEnded(id, extendAt: now + wait, now)
        }
    }

    private mutating func wasExtended(_ id: Int, from beganAt: UInt64, _ now: UInt64) {
        let visibleAt = beganAt + visibilityTime
        held[id]?.visibleAt = visibleAt
        held[id]?.isExpired = false
        held[id]?.extensionFailures = 0
        extensionEnded(id, extendAt: beganAt + extensionTime(), now)
    }

    private mutating func extensionEnded(_ id: Int, extendAt: UInt64, _ now: UInt64) {
        guard var record = held[id] else { return }
        record.isExtending = false
        let isCancelled = handlers[id]?.cancelReason != nil
        switch record.phase {
        case .returning: returns.append(id, at: now)
        case .waiting, .running, .acknowledging: record.extendAt = isCancelled ? .max : extendAt
        }
        held[id] = record
        checkAt = min(checkAt, record.checkAt)
    }

    /// The service says that a receipt is not valid any more.
    private mutating func lose(_ id: Int, _ now: UInt64, _ actions: inout [Action]) {
        held[id]?.isExtending = false
        switch held[id]?.phase {
        // The answer to that tells what became of it: it may be the reason.
        case .acknowledging where held[id]?.isSettling == true: held[id]?.extendAt = .max
        case .acknowledging: release(id, .acknowledgementRefused(id), &actions)
        case .waiting, .returning: release(id, .receiptLost(id), &actions)
        case .running:
            cancelHandler(id, .receiptLost, &actions)
            release(id, .receiptLost(id), &actions)
        case nil: break
        }
    }

    /// A record is not held any more.
    mutating func release(_ id: Int, _ report: QueueReport, _ actions: inout [Action]) {
        guard let record = held.removeValue(forKey: id) else { return }
        switch record.phase {
        case .waiting: waitingCount -= 1
        case .acknowledging where !record.isSettling: acknowledgements.remove(id)
        case .returning where !record.isSettling: returns.remove(id)
        case .acknowledging, .returning, .running: break
        }
        actions.append(.report(report))
    }
}
