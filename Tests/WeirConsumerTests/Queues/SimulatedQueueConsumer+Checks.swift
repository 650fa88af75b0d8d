import WeirModel

@testable import WeirConsumer

// MARK: What is checked

extension SimulatedQueueConsumer {
    func told(_ report: QueueReport) {
        switch report {
        case .acknowledged(let id):
            history.counts.acknowledged += 1
            let isTrue = deliveries[id].map { history.queue.records[$0.receipt.record].isAcknowledged } ?? false
            oracle.check(isTrue, "a record counts as acknowledged that is not")
        case .extended(let count): history.counts.extended += count
        case .handlerTimedOut: history.counts.timedOut += 1
        case .receiptLost, .acknowledgementRefused: history.counts.lost += 1
        case .returned: history.counts.returned += 1
        case .failed(let id, let pause):
            markPause(id, pause)
        default: break
        }
        if let id = report.releasedID { release(id) }
    }

    private func markPause(_ id: Int, _ pause: Int) {
        guard let delivery = deliveries[id] else { return }
        update(id) { $0.pause = pause }
        if case .failed(let wanted?)? = delivery.outcome, !delivery.isCancelled {
            return oracle.check(pause == wanted, "a handler asked for \(wanted) s and got \(pause)")
        }
        let longest = min(20, 1 << min(delivery.receiveCount - 1, 10))
        oracle.check(
            ((longest + 1) / 2...longest).contains(pause),
            "a pause of \(pause) s after \(delivery.receiveCount)"
        )
    }

    private func release(_ id: Int) {
        oracle.check(deliveries[id]?.isReleased == false, "a record was let go twice")
        update(id) { $0.isReleased = true }
        guard let delivery = deliveries[id] else { return }
        if history.isCalm, delivery.startedAt == nil {
            oracle.check(history.isOvertaken(delivery.receipt), "a record that was not begun was kept")
        }
        forgetIfOver(id)
    }

    /// Whoever is told that another one has a record stops handling it.
    func checkLost(
        _ outcomes: [Int: QueueConsumerStateMachine.EntryOutcome],
        _ actions: [QueueConsumerStateMachine.Action]
    ) {
        for (id, outcome) in outcomes where outcome == .gone {
            guard let delivery = deliveries[id], delivery.startedAt != nil, delivery.outcome == nil else { continue }
            guard !delivery.isCancelled else { continue }
            oracle.check(actions.contains(.cancelHandler(id, .receiptLost)), "a lost record is handled on")
        }
    }

    func check() {
        let now = history.now
        for (id, delivery) in deliveries where !delivery.isReleased {
            checkAcknowledged(delivery)
            guard delivery.outcome == nil, !delivery.isCancelled else { continue }
            if let startedAt = delivery.startedAt, settings.handlerTimeout < .max {
                let limit = startedAt + settings.handlerTimeout + QueueConsumerHistory.second
                oracle.check(now <= limit, "handler \(id) was not cancelled in time")
            }
            if history.isCalm, delivery.startedAt != nil || shutdownAt == nil {
                oracle.check(!history.isOvertaken(delivery.receipt), "a record came to be visible while it was held")
            }
        }
        if let shutdownAt {
            let last = shutdownAt + settings.shutdownTimeout + 11 * QueueConsumerHistory.second
            oracle.check(now <= last, "a shutdown takes too long")
        }
    }

    /// What was handled is soon acknowledged, whatever becomes of others.
    private func checkAcknowledged(_ delivery: Delivery) {
        guard history.isCalm, delivery.outcome == .succeeded, !delivery.isCancelled, !delivery.isSent else { return }
        let limit = (delivery.endedAt ?? 0) + settings.acknowledgementDelay + QueueConsumerHistory.second / 2
        oracle.check(history.now <= limit, "a record waits for the acknowledgement of another")
    }

    func finished() {
        markFinished()
        for (id, delivery) in deliveries {
            // The handler may go on; nobody waits for it.
            oracle.check(delivery.isReleased, "record \(id) was held at the end")
        }
    }
}
