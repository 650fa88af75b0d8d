@testable import WeirConsumer

/// A machine, and what it decided.
struct QueueTrial {
    var machine: QueueConsumerStateMachine
    var lastID = 0

    init(_ change: (inout QueueConsumerStateMachine.Settings) -> Void = { _ in }) {
        var settings = QueueConsumerStateMachine.Settings()
        change(&settings)
        machine = QueueConsumerStateMachine(settings: settings, seed: 1)
    }

    mutating func handle(_ event: QueueConsumerStateMachine.Event, at now: UInt64) -> [QueueConsumerStateMachine.Action]
    { machine.handle(event, at: now) }

    /// Answers a call with so many records, and gives what follows.
    mutating func receive(_ count: Int, poll: Int, receiveCount: Int = 1, at now: UInt64) -> [QueueConsumerStateMachine
        .Action]
    {
        let deliveries = (0..<count).map {
            QueueConsumerStateMachine.Delivery(id: lastID + 1 + $0, receiveCount: receiveCount)
        }
        lastID += count
        return machine.handle(.received(poll: poll, deliveries), at: now)
    }
}

extension [QueueConsumerStateMachine.Action] {
    var started: [Int] { compactMap { if case .startHandler(let id) = $0 { id } else { nil } } }
    var reports: [QueueReport] { compactMap { if case .report(let report) = $0 { report } else { nil } } }
    var receives: [(poll: Int, limit: Int)] {
        compactMap { if case .receive(let poll, let limit) = $0 { (poll: poll, limit: limit) } else { nil } }
    }
    var acknowledged: (call: Int, ids: [Int])? {
        compactMap { if case .acknowledge(let call, let ids) = $0 { (call: call, ids: ids) } else { nil } }.first
    }
    var changed: (call: Int, ids: [Int], seconds: [Int])? {
        compactMap {
            if case .changeVisibility(let call, let ids, let seconds) = $0 {
                (call: call, ids: ids, seconds: seconds)
            } else {
                nil
            }
        }.first
    }
}
