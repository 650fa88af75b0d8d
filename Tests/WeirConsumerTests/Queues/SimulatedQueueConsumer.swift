import WeirLeases
import WeirModel

@testable import WeirConsumer

/// A consumer of a history: the machine, and in place of the shell what the history makes of its actions.
final class SimulatedQueueConsumer {
    /// What became of a delivery that arrived here.
    struct Delivery {
        var receipt: ModelQueue.Receipt
        var receiveCount: Int
        var startedAt: UInt64?
        var endedAt: UInt64?
        var isCancelled = false
        /// What the handler came to when it ended.
        var outcome: QueueConsumerStateMachine.HandlerOutcome?
        var isReleased = false
        /// Whether the service was asked to acknowledge it.
        var isSent = false
        /// Whether it refused that, and was not asked again yet.
        var isRefused = false
        var changesUnderWay = 0
        /// In seconds, when it was to be returned because of a failure.
        var pause: Int?
    }

    let number: Int
    /// The settings as they were meant.
    let settings: QueueConsumerStateMachine.Settings
    unowned let history: QueueConsumerHistory
    private var machine: QueueConsumerStateMachine
    private(set) var deliveries: [Int: Delivery] = [:]
    private var lastID = 0
    private var cancelledPolls: Set<Int> = []
    private(set) var pollLimits: [Int: Int] = [:]
    private var calls: [Int: [Int]] = [:]
    private(set) var isFinished = false
    private(set) var shutdownAt: UInt64?
    var isDead = false
    private var timerSetFor = UInt64.max

    init(number: Int, settings: QueueConsumerStateMachine.Settings, history: QueueConsumerHistory) {
        self.number = number
        self.settings = settings
        self.history = history
        machine = QueueConsumerStateMachine(
            settings: history.defect?.settings(settings) ?? settings,
            seed: history.random.next()
        )
    }

    var visibility: Int { settings.visibility }
    var runningCount: Int { deliveries.values.count { $0.startedAt != nil && $0.outcome == nil } }
    func isCancelled(_ poll: Int) -> Bool { cancelledPolls.contains(poll) || isDead }

    var oracle: QueueConsumerOracle {
        get { history.oracle }
        set { history.oracle = newValue }
    }

    // MARK: Events

    func arrived(poll: Int, _ records: [(receipt: ModelQueue.Receipt, receiveCount: Int)]) {
        guard !isDead, pollLimits[poll] != nil else { return }
        var arrived: [QueueConsumerStateMachine.Delivery] = []
        for (receipt, receiveCount) in records {
            lastID += 1
            deliveries[lastID] = Delivery(receipt: receipt, receiveCount: receiveCount)
            arrived.append(.init(id: lastID, receiveCount: receiveCount))
        }
        if history.defect == .dropsARecord, history.chance(0.2) { _ = arrived.popLast() }
        tell(.received(poll: poll, arrived))
    }

    func tell(_ event: QueueConsumerStateMachine.Event) {
        guard !isDead, !isFinished else { return }
        var event = event
        var answers: [Int: QueueConsumerStateMachine.EntryOutcome] = [:]
        switch event {
        case .received(let poll, _), .receiveFailed(let poll, _): pollLimits[poll] = nil
        case .shutdown:
            shutdownAt = shutdownAt ?? history.now
            if history.defect == .goesOnAfterShutdown { return }
        case .answered(let call, let outcomes):
            finishCall(call)
            answers = outcomes
            for (id, outcome) in outcomes where outcome == .failed { deliveries[id]?.isRefused = true }
            event = .answered(call: call, outcomes.mapValues { history.defect?.told($0) ?? $0 })
        case .callFailed(let call, _):
            let ids = finishCall(call)
            guard history.defect == .neverTriesAgain else { break }
            event = .answered(call: call, Dictionary(uniqueKeysWithValues: ids.map { ($0, .done) }))
        case .handled(let id, let outcome): event = .handled(id, history.defect?.told(outcome) ?? outcome)
        case .tick: break
        }
        let actions = machine.handle(event, at: history.now)
        checkLost(answers, actions)
        for action in actions { perform(action) }
        check()
        setTimer()
    }

    @discardableResult
    private func finishCall(_ call: Int) -> [Int] {
        let ids = calls.removeValue(forKey: call) ?? []
        for id in ids { deliveries[id]?.changesUnderWay -= 1 }
        return ids
    }

    private func setTimer() {
        let deadline = machine.nextDeadline
        if deadline <= history.now, !isFinished { oracle.complain("a deadline that has passed: it would spin") }
        guard deadline < .max, deadline != timerSetFor else { return }
        timerSetFor = deadline
        var delay = deadline - history.now
        if history.defect == .extendsLate, delay > QueueConsumerHistory.second {
            delay += UInt64(visibility) * QueueConsumerHistory.second * 6 / 10
        }
        history.after(delay) {
            guard self.timerSetFor == deadline else { return }
            self.timerSetFor = .max
            self.tell(.tick)
        }
    }

    // MARK: Actions

    private func perform(_ action: QueueConsumerStateMachine.Action) {
        switch action {
        case .receive(let poll, let limit):
            oracle.check(shutdownAt == nil, "received after a shutdown")
            oracle.check((1...10).contains(limit), "asked for \(limit) records")
            pollLimits[poll] = limit
            checkRoom()
            history.receive(self, poll: poll, limit: limit)
        case .cancelReceive(let poll):
            cancelledPolls.insert(poll)
            history.cancelReceive(self, poll: poll)
        case .startHandler(let id): start(id)
        case .cancelHandler(let id, _): cancel(id)
        case .acknowledge(let call, let ids): acknowledge(call, ids)
        case .changeVisibility(let call, let ids, let seconds): changeVisibility(call, ids, seconds)
        case .report(let report): told(report)
        case .finished: finished()
        }
    }

    private func checkRoom() {
        let held = deliveries.values.count { !$0.isReleased && $0.outcome == nil }
        let asked = pollLimits.values.reduce(0, +)
        oracle.check(held + asked <= settings.concurrency + settings.prefetch, "asked for more than can be handled")
    }

    private func start(_ id: Int) {
        guard let delivery = deliveries[id] else { return oracle.complain("a handler of an unknown record") }
        oracle.check(shutdownAt == nil, "a handler began after a shutdown")
        oracle.check(delivery.startedAt == nil, "a record was handed over twice")
        oracle.check(!delivery.isReleased, "a record was handed over that is not held")
        deliveries[id]?.startedAt = history.now
        oracle.check(runningCount <= settings.concurrency, "\(runningCount) handlers ran at a time")
        if history.defect == .acknowledgesAtOnce { acknowledge(-id, [id]) }
        // Mostly a moment, sometimes longer than a record's time.
        let duration =
            history.chance(0.8)
            ? history.some(0...500) * QueueConsumerHistory.millisecond
            : history.some(0...80) * QueueConsumerHistory.second
        let outcome: QueueConsumerStateMachine.HandlerOutcome =
            switch history.some(0...99) {
            case 0..<75: .succeeded
            case 75..<90: .failed(pauseSeconds: nil)
            case 90..<95: .failed(pauseSeconds: Int(history.some(0...5)))
            default: .rejected
            }
        history.after(duration) { self.end(id, outcome) }
    }

    private func end(_ id: Int, _ outcome: QueueConsumerStateMachine.HandlerOutcome) {
        guard !isDead, let delivery = deliveries[id], delivery.outcome == nil else { return }
        deliveries[id]?.outcome = outcome
        deliveries[id]?.endedAt = history.now
        if history.defect == .acknowledgesCancelled, deliveries[id]?.isCancelled == true, outcome == .succeeded {
            acknowledge(-id, [id])
        }
        tell(.handled(id, outcome))
        forgetIfOver(id)
    }

    /// Nothing more will happen to a delivery that is not held and is not being handled.
    func forgetIfOver(_ id: Int) {
        guard let delivery = deliveries[id], delivery.isReleased else { return }
        if delivery.startedAt == nil || delivery.outcome != nil { deliveries[id] = nil }
    }

    private func cancel(_ id: Int) {
        oracle.check(deliveries[id]?.outcome == nil, "a handler was cancelled that had ended")
        deliveries[id]?.isCancelled = true
        // Some handlers do not look at their cancellation.
        guard history.chance(0.8) else { return }
        let outcome: QueueConsumerStateMachine.HandlerOutcome =
            history.chance(0.5) ? .succeeded : .failed(pauseSeconds: nil)
        history.after(history.some(0...50) * QueueConsumerHistory.millisecond) { self.end(id, outcome) }
    }

    func update(_ id: Int, _ change: (inout Delivery) -> Void) {
        guard var delivery = deliveries[id] else { return oracle.complain("an unknown record") }
        change(&delivery)
        deliveries[id] = delivery
    }

    func markFinished() { isFinished = true }

    private func receipts(_ ids: [Int]) -> [(id: Int, receipt: ModelQueue.Receipt)] {
        ids.compactMap { id in deliveries[id].map { (id, $0.receipt) } }
    }

    private func beginCall(_ call: Int, _ ids: [Int]) {
        calls[call] = ids
        oracle.check((1...10).contains(ids.count) && Set(ids).count == ids.count, "a call about \(ids.count) records")
        for id in ids {
            oracle.check(deliveries[id]?.isReleased == false, "a call about a record that is not held")
            deliveries[id]?.changesUnderWay += 1
        }
    }

    private func acknowledge(_ call: Int, _ ids: [Int]) {
        beginCall(call, ids)
        for id in ids {
            guard let delivery = deliveries[id] else { continue }
            let isHandled =
                delivery.outcome == .succeeded || (delivery.outcome == .rejected && settings.acknowledgesRejections)
            oracle.check(isHandled && !delivery.isCancelled, "a record was acknowledged that was not handled")
        }
        if history.defect == .forgetsAcknowledgements {
            let outcomes = Dictionary(
                uniqueKeysWithValues: ids.map { ($0, QueueConsumerStateMachine.EntryOutcome.done) }
            )
            return history.after(1) { self.tell(.answered(call: call, outcomes)) }
        }
        send(call, ids)
    }

    private func send(_ call: Int, _ ids: [Int]) {
        let isHeldUp = deliveries.contains { !$0.value.isReleased && $0.value.isRefused && !ids.contains($0.key) }
        if history.defect == .oneFailureHoldsUpOthers, isHeldUp {
            return history.after(QueueConsumerHistory.second) { self.send(call, ids) }
        }
        for id in ids {
            deliveries[id]?.isSent = true
            deliveries[id]?.isRefused = false
        }
        history.settle(self, call: call, receipts(ids), seconds: nil)
    }

    private func changeVisibility(_ call: Int, _ ids: [Int], _ seconds: [Int]) {
        beginCall(call, ids)
        oracle.check(seconds.count == ids.count && seconds.allSatisfy { (0...43_200).contains($0) }, "odd seconds")
        for id in ids where deliveries[id]?.outcome != nil {
            let others = (deliveries[id]?.changesUnderWay ?? 0) - 1
            oracle.check(others == 0, "two changes of visibility at a time")
        }
        var seconds = seconds
        let isReturn = ids.contains { deliveries[$0]?.outcome != nil || deliveries[$0]?.startedAt == nil }
        switch history.defect {
        case .neverExtends? where !isReturn, .keepsWhatItHolds? where isReturn && shutdownAt != nil:
            let outcomes = Dictionary(
                uniqueKeysWithValues: ids.map { ($0, QueueConsumerStateMachine.EntryOutcome.done) }
            )
            return history.after(1) { self.tell(.answered(call: call, outcomes)) }
        case .noBackOff?: seconds = zip(ids, seconds).map { deliveries[$0]?.pause != nil ? 0 : $1 }
        case .overlapsChanges? where !isReturn:
            // The machine is told before the service has answered.
            let outcomes = Dictionary(
                uniqueKeysWithValues: ids.map { ($0, QueueConsumerStateMachine.EntryOutcome.done) }
            )
            history.settle(self, call: call, receipts(ids), seconds: seconds)
            let told = machine.handle(.answered(call: call, outcomes), at: history.now)
            return told.forEach(perform)
        default: break
        }
        for (id, seconds) in zip(ids, seconds) {
            if let pause = deliveries[id]?.pause {
                oracle.check(seconds == pause, "a failure came back after \(seconds) s")
            }
        }
        history.settle(self, call: call, receipts(ids), seconds: seconds)
    }
}
