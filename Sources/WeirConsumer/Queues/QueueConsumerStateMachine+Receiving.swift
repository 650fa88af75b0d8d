import WeirModel

/// Receiving records and handling them.
extension QueueConsumerStateMachine {
    /// Records of one call, at most.
    static let batchSize = Limits.maximumQueueRecordCount

    /// Calls that receive, at a time, at most: each holds a connection.
    static let maximumPollCount = 16

    /// Whether another call that receives is wanted, but for a pause after a failure.
    var mayReceive: Bool {
        shutdownAt == nil && polls.count < allowedPollCount && room > 0
    }

    /// One call at a time, unless there is more than it can bring.
    private var allowedPollCount: Int {
        guard isBusy, pollFailures == 0 else { return 1 }
        let wanted = settings.concurrency + settings.prefetch
        return min((wanted + Self.batchSize - 1) / Self.batchSize, Self.maximumPollCount)
    }

    /// How many records may be asked for beside those that are held or asked for.
    private var room: Int {
        let asked = polls.values.reduce(0) { $0 + $1.limit }
        let inHand = settings.concurrency + settings.prefetch - handlers.count - waitingCount - asked
        // What waits for its acknowledgement is bounded too: it is let go of only when the service has answered.
        let all = 2 * settings.concurrency + settings.prefetch + Self.batchSize - held.count - asked
        return min(inHand, all)
    }

    mutating func receive(_ now: UInt64, _ actions: inout [Action]) {
        guard now >= pollAt else { return }
        while mayReceive {
            let (poll, limit) = (nextNumber(), min(Self.batchSize, room))
            polls[poll] = Poll(limit: limit, beganAt: now)
            actions.append(.receive(poll: poll, limit: limit))
        }
    }

    mutating func received(_ deliveries: [Delivery], _ poll: Int, _ now: UInt64, _ actions: inout [Action]) {
        guard let asked = polls.removeValue(forKey: poll) else { return }
        hasReceived = true
        pollFailures = 0
        pollAt = 0
        isBusy = deliveries.count >= asked.limit
        // The records of an answer are extended together.
        let extendAt = now + extensionTime()
        for delivery in deliveries {
            var record = HeldRecord(
                receiveCount: delivery.receiveCount,
                visibleAt: now + visibilityTime,
                extendAt: extendAt
            )
            if shutdownAt == nil {
                waiting.append(delivery.id)
                waitingCount += 1
            } else {
                record.phase = .returning(seconds: 0)
                record.extendAt = .max
                returns.append(delivery.id, at: now)
            }
            held[delivery.id] = record
            checkAt = min(checkAt, record.checkAt)
        }
    }

    mutating func receiveFailed(_ failure: Failure, _ poll: Int, _ now: UInt64, _ actions: inout [Action]) {
        guard let asked = polls.removeValue(forKey: poll) else { return }
        // It was to fail.
        if asked.isCancelled { return }
        isBusy = false
        switch failure {
        case .transient: break
        case .clientEnded(let error): return end(error, now)
        case .queueMissing(let error):
            actions.append(.report(.queueMissing))
            guard settings.waitsForQueue else { return end(error, now) }
        case .refused(let error):
            // What was possible before is tried again: somebody may be changing a policy.
            guard hasReceived else { return end(error, now) }
        }
        pollFailures += 1
        pollAt = max(pollAt, now + pause(failures: pollFailures))
        actions.append(.report(.receiveFailed(failure.error.code, failure.error.message)))
    }

    mutating func startHandlers(_ now: UInt64, _ actions: inout [Action]) {
        guard shutdownAt == nil else { return }
        var taken = 0
        for id in waiting {
            guard handlers.count < settings.concurrency else { break }
            taken += 1
            guard var record = held[id], record.phase == .waiting else { continue }
            waitingCount -= 1
            record.phase = .running
            held[id] = record
            let deadline = now.addingReportingOverflow(settings.handlerTimeout)
            let run = HandlerRun(deadline: deadline.overflow ? .max : deadline.partialValue)
            handlers[id] = run
            checkAt = min(checkAt, run.deadline)
            actions.append(.startHandler(id))
        }
        waiting.removeFirst(taken)
    }

    mutating func handled(_ id: Int, _ outcome: HandlerOutcome, _ now: UInt64, _ actions: inout [Action]) {
        guard let run = handlers.removeValue(forKey: id) else { return }
        // Its record went to another consumer.
        guard let record = held[id], record.phase == .running else { return }
        switch (run.cancelReason, outcome) {
        case (.shutdown?, _): giveBack(id, seconds: 0, now)
        case (.timedOut?, _), (.receiptLost?, _), (nil, .failed(nil)):
            // Whatever a handler says that was cancelled, nobody knows what it has done.
            fail(id, settings.backOff.seconds(receiveCount: record.receiveCount, jitter: jitter()), now, &actions)
        case (nil, .failed(let seconds?)): fail(id, seconds, now, &actions)
        case (nil, .rejected) where !settings.acknowledgesRejections:
            fail(id, settings.backOff.seconds(receiveCount: record.receiveCount, jitter: jitter()), now, &actions)
        case (nil, .succeeded), (nil, .rejected):
            if outcome == .rejected { actions.append(.report(.rejected(id))) }
            held[id]?.phase = .acknowledging
            acknowledgements.append(id, at: now)
        }
    }

    private mutating func fail(_ id: Int, _ seconds: Int, _ now: UInt64, _ actions: inout [Action]) {
        actions.append(.report(.failed(id, pauseSeconds: seconds)))
        giveBack(id, seconds: seconds, now)
    }

    /// A record is to be visible again, after so many seconds.
    mutating func giveBack(_ id: Int, seconds: Int, _ now: UInt64) {
        held[id]?.phase = .returning(seconds: seconds)
        held[id]?.extendAt = .max
        // Two changes of visibility under way could change places.
        if held[id]?.isExtending == false { returns.append(id, at: now) }
    }

    /// When the time of a record is extended, after it began: at half to two thirds of it.
    mutating func extensionTime() -> UInt64 { UInt64(Double(visibilityTime) * (0.5 + jitter() / 6)) }
}
