import WeirModel

/// The end.
extension QueueConsumerStateMachine {
    /// A call that receives is left so long to be answered when a shutdown begins: who has just asked, and is given records, must not
    /// go before they arrive.
    static let receiveGrace: UInt64 = 1_000_000_000
    /// How long a shutdown goes on when its time for handlers is over, for handlers that take a while to end and for the last calls.
    /// A command that is executed for a record gets half of it from SIGTERM to SIGKILL, and its record is returned then.
    static let lastCallsTime: UInt64 = 10_000_000_000

    /// The consumer ends for a reason.
    mutating func end(_ error: ServiceError, _ now: UInt64) {
        if shutdownAt == nil { endError = error }
        beginShutdown(now)
    }

    mutating func beginShutdown(_ now: UInt64) {
        guard shutdownAt == nil else { return }
        shutdownAt = now
        for id in waiting where held[id]?.phase == .waiting { giveBack(id, seconds: 0, now) }
        waiting = []
        waitingCount = 0
        // What failed before is tried at once.
        settleAt = 0
        acknowledgements.forgetPauses()
        returns.forgetPauses()
    }

    mutating func goOnShuttingDown(_ now: UInt64, _ actions: inout [Action]) {
        guard let shutdownAt else { return }
        for number in polls.keys.sorted() {
            guard let poll = polls[number], !poll.isCancelled, now >= Self.end(of: poll, shutdownAt) else { continue }
            polls[number]?.isCancelled = true
            actions.append(.cancelReceive(poll: number))
        }
        if now >= handlersEnd(shutdownAt), !hasCancelledHandlers {
            hasCancelledHandlers = true
            for id in handlers.keys.sorted() { cancelHandler(id, .shutdown, &actions) }
        }
        let isDone = held.isEmpty && polls.isEmpty && handlers.isEmpty
        guard isDone || (hasCancelledHandlers && now >= lastMoment(shutdownAt)) else { return }
        for id in held.keys.sorted() { release(id, .letGo(id), &actions) }
        isFinished = true
        actions.append(.finished)
    }

    /// When a call that receives is cancelled.
    static func end(of poll: Poll, _ shutdownAt: UInt64) -> UInt64 { max(shutdownAt, poll.beganAt + receiveGrace) }

    /// When handlers are cancelled.
    func handlersEnd(_ shutdownAt: UInt64) -> UInt64 {
        let end = shutdownAt.addingReportingOverflow(settings.shutdownTimeout)
        return end.overflow ? .max : end.partialValue
    }

    /// When everything that is left is given up.
    func lastMoment(_ shutdownAt: UInt64) -> UInt64 {
        let end = handlersEnd(shutdownAt).addingReportingOverflow(Self.lastCallsTime)
        return end.overflow ? .max : end.partialValue
    }
}
