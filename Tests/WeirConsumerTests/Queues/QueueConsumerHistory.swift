import WeirLeases
import WeirModel

@testable import WeirConsumer

/// Some consumers of one queue in virtual time, from a seed: handlers that succeed, fail, take long or do not end when they are
/// cancelled; calls that are slow, fail, or are answered to nobody; consumers that shut down, and others that die.
///
/// In a *calm* history no call fails, so that more can be demanded of it. The service refuses to acknowledge some *odd* records, until the
/// end, and takes all others.
final class QueueConsumerHistory {
    struct Counts {
        var acknowledged = 0
        var redelivered = 0
        var extended = 0
        var timedOut = 0
        var lost = 0
        var returned = 0
        var failedCalls = 0
        var cancelledReceives = 0
        var deaths = 0
        var refusals = 0

        static func += (left: inout Counts, right: Counts) {
            left.acknowledged += right.acknowledged
            left.redelivered += right.redelivered
            left.extended += right.extended
            left.timedOut += right.timedOut
            left.lost += right.lost
            left.returned += right.returned
            left.failedCalls += right.failedCalls
            left.cancelledReceives += right.cancelledReceives
            left.deaths += right.deaths
            left.refusals += right.refusals
        }
    }

    static let millisecond: UInt64 = 1_000_000
    static let second: UInt64 = 1_000_000_000

    let isCalm: Bool
    let defect: QueueConsumerDefect?
    var random: SplitMix64
    var now: UInt64 = 1
    var queue = ModelQueue()
    var oracle = QueueConsumerOracle()
    var counts = Counts()
    var consumers: [SimulatedQueueConsumer] = []
    /// The records that cannot be acknowledged yet.
    private var oddRecords: Set<Int> = []
    /// While the service is away, every call fails.
    var isAway = false
    /// What is to happen: the last first; at one time, in the order in which it was added.
    private var agenda: [(at: UInt64, action: () -> Void)] = []
    private var steps = 0
    /// When a record becomes visible that somebody waits for.
    private var wakeAt: UInt64 = 0
    /// Calls that wait for a record at the service.
    private var waiters: [(consumer: SimulatedQueueConsumer, poll: Int, limit: Int, until: UInt64)] = []

    init(seed: UInt64, defect: QueueConsumerDefect? = nil) {
        self.defect = defect
        random = SplitMix64(seed: seed &* 2_654_435_761 &+ 17)
        isCalm = defect.map { !$0.needsFaults } ?? (seed % 2 == 0)
        oracle.isCalm = isCalm
    }

    // MARK: Chance

    func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &random) < probability }

    func some(_ range: ClosedRange<UInt64>) -> UInt64 { UInt64.random(in: range, using: &random) }

    func after(_ delay: UInt64, _ action: @escaping () -> Void) {
        let time = now + delay
        var (low, high) = (0, agenda.count)
        while low < high {
            let middle = (low + high) / 2
            if agenda[middle].at > time { low = middle + 1 } else { high = middle }
        }
        agenda.insert((time, action), at: low)
    }

    // MARK: The history

    /// What was wrong; empty: nothing.
    func run() -> [String] {
        let recordCount = Int(some(5...60))
        for _ in 0..<recordCount { after(some(0...20) * some(0...Self.second)) { self.queue.put() } }
        if isCalm, chance(0.5) { oddRecords = Set((0..<3).map { _ in Int(some(0...UInt64(recordCount))) }) }
        for number in 0..<Int(some(1...3)) { begin(number: number, dies: !isCalm && chance(0.3)) }
        if !isCalm {
            for _ in 0..<Int(some(0...3)) {
                after(some(0...60) * Self.second) { self.isAway = true }
                after(some(0...90) * Self.second) { self.isAway = false }
            }
        }
        go(until: 120 * Self.second) { false }
        // The end: the service is there, and a consumer stays until everything is done.
        isAway = false
        oddRecords = []
        let last = begin(number: 99, dies: false, stays: true)
        go(until: now + 20_000 * Self.second) { self.queue.isEmpty }
        if !queue.isEmpty { oracle.complain("not everything was acknowledged in the end") }
        last.tell(.shutdown)
        go(until: now + 200 * Self.second) { self.consumers.allSatisfy { $0.isFinished || $0.isDead } }
        for consumer in consumers where !consumer.isDead && !consumer.isFinished {
            oracle.complain("consumer \(consumer.number) did not end")
        }
        return oracle.complaints
    }

    @discardableResult
    private func begin(number: Int, dies: Bool, stays: Bool = false) -> SimulatedQueueConsumer {
        var settings = QueueConsumerStateMachine.Settings()
        settings.concurrency = Int(some(1...12))
        settings.prefetch = chance(0.5) ? 0 : Int(some(1...12))
        settings.visibility = Int(some(2...40))
        settings.handlerTimeout = chance(0.5) ? .max : some(1...30) * Self.second
        settings.acknowledgementDelay = some(0...20) * Self.millisecond
        settings.backOff = QueueBackOff(initialPause: .seconds(1), maximumPause: .seconds(20))
        settings.acknowledgesRejections = chance(0.5)
        settings.waitsForQueue = true
        settings.shutdownTimeout = some(0...20) * Self.second
        let consumer = SimulatedQueueConsumer(number: number, settings: settings, history: self)
        consumers.append(consumer)
        after(some(0...5) * Self.second) { consumer.tell(.tick) }
        guard !stays else { return consumer }
        after(some(5...100) * Self.second) {
            if dies {
                self.counts.deaths += 1
                consumer.isDead = true
            } else {
                consumer.tell(.shutdown)
            }
        }
        return consumer
    }

    private func go(until end: UInt64, _ isOver: () -> Bool) {
        while oracle.complaints.isEmpty, !isOver() {
            guard let next = agenda.last, next.at <= end else { return now = max(now, end) }
            steps += 1
            if steps > 200_000 { return oracle.complain("it never ends") }
            agenda.removeLast()
            now = max(now, next.at)
            next.action()
            serveWaiters()
        }
    }

    // MARK: The service

    /// A call arrives: nil when it fails.
    private func reaches(_ consumer: SimulatedQueueConsumer) -> Bool { !isAway && (isCalm || !chance(0.05)) }

    /// How long a message is under way.
    private func latency() -> UInt64 {
        isCalm || !chance(0.05) ? some(1...20) * Self.millisecond : some(1...3000) * Self.millisecond
    }

    private func failure() -> QueueConsumerStateMachine.Failure {
        counts.failedCalls += 1
        return .transient(ServiceError(.connectionFailure, "lost"))
    }

    func receive(_ consumer: SimulatedQueueConsumer, poll: Int, limit: Int) {
        after(latency()) {
            guard self.reaches(consumer) else {
                return self.after(self.latency()) { consumer.tell(.receiveFailed(poll: poll, self.failure())) }
            }
            guard !consumer.isCancelled(poll) else { return }
            self.waiters.append((consumer, poll, limit, self.now + 20 * Self.second))
            self.after(20 * Self.second) {}
        }
    }

    /// Ends a call that receives: an answer that is under way arrives, or does not.
    func cancelReceive(_ consumer: SimulatedQueueConsumer, poll: Int) {
        counts.cancelledReceives += 1
        waiters.removeAll { $0.consumer === consumer && $0.poll == poll }
        after(Self.millisecond) {
            consumer.tell(.receiveFailed(poll: poll, .transient(ServiceError(.cancelled, "cancelled"))))
        }
    }

    private func serveWaiters() {
        for (index, waiter) in waiters.enumerated().reversed() {
            guard !isAway else {
                waiters.remove(at: index)
                after(latency()) { waiter.consumer.tell(.receiveFailed(poll: waiter.poll, self.failure())) }
                continue
            }
            // A process that died closes its connections.
            guard !waiter.consumer.isDead else {
                waiters.remove(at: index)
                continue
            }
            let visibility = UInt64(waiter.consumer.visibility) * Self.second
            let records = queue.receive(limit: waiter.limit, visibility: visibility, at: now)
            guard !records.isEmpty || now >= waiter.until else { continue }
            waiters.remove(at: index)
            counts.redelivered += records.count { $0.receiveCount > 1 }
            let isLost = !isCalm && chance(0.05)
            after(latency()) {
                if isLost {
                    waiter.consumer.tell(.receiveFailed(poll: waiter.poll, self.failure()))
                } else {
                    waiter.consumer.arrived(poll: waiter.poll, records)
                }
            }
        }
        guard !waiters.isEmpty, let next = queue.nextVisible(after: now) else { return }
        guard wakeAt <= now || next < wakeAt else { return }
        wakeAt = next
        after(next - now) {}
    }

    /// Acknowledges (`seconds` is nil) or changes the visibility of deliveries.
    func settle(
        _ consumer: SimulatedQueueConsumer,
        call: Int,
        _ receipts: [(id: Int, receipt: ModelQueue.Receipt)],
        seconds: [Int]?
    ) {
        after(latency()) {
            guard self.reaches(consumer) else {
                return self.after(self.latency()) { consumer.tell(.callFailed(call: call, self.failure())) }
            }
            var outcomes: [Int: QueueConsumerStateMachine.EntryOutcome] = [:]
            for (place, (id, receipt)) in receipts.enumerated() {
                if !self.isCalm, self.chance(0.05) {
                    outcomes[id] = .failed
                } else if let seconds {
                    let isDone = self.queue.changeVisibility(receipt, seconds: seconds[place], at: self.now)
                    outcomes[id] = isDone ? .done : .gone
                } else if self.oddRecords.contains(receipt.record) {
                    self.counts.refusals += 1
                    outcomes[id] = .failed
                } else {
                    outcomes[id] = self.queue.acknowledge(receipt) ? .done : .gone
                }
            }
            let isLost = !self.isCalm && self.chance(0.05)
            self.after(self.latency()) {
                if isLost {
                    consumer.tell(.callFailed(call: call, self.failure()))
                } else {
                    consumer.tell(.answered(call: call, outcomes))
                }
            }
        }
    }

    /// Whether somebody else has, or may have, what was received so.
    func isOvertaken(_ receipt: ModelQueue.Receipt) -> Bool {
        let state = queue.records[receipt.record]
        return state.delivery != receipt.delivery || state.visibleAt <= now
    }
}
