import WeirModel

extension QueueStateMachine {
    // MARK: Receipts

    /// The record of a receipt. Nil when it was acknowledged, received again or restored, or is not there any more.
    func record(of receipt: QueueReceipt) -> TrackedRecord? {
        guard let record = tracked[receipt.index], record.delivery == receipt.delivery,
            // What was received for the last time and is a dead letter since may still be acknowledged.
            record.isDeadLetter || !receipt.isDeadLetter
        else { return nil }
        return record
    }

    /// Acknowledges what is good of some receipts. Tells of each whether it was.
    mutating func acknowledge(
        _ receipts: [QueueReceipt],
        at now: Int64
    ) -> (entry: QueueEntry?, undo: QueueUndo, isDone: [Bool]) {
        settle(at: now)
        var removed: [TrackedRecord] = []
        removed.reserveCapacity(receipts.count)
        let isDone = receipts.map { receipt in
            guard let record = record(of: receipt) else { return false }
            // At once, so that none is acknowledged twice; the event does nothing more.
            tracked.remove(receipt.index)
            removed.append(record)
            return true
        }
        guard !removed.isEmpty else { return (nil, .nothing, isDone) }
        let entry = QueueEntry(time: time, event: .acknowledged(removed.map(\.index)))
        tidy()
        return (entry, .acknowledged(removed), isDone)
    }

    /// Takes records out of the queue that the stream does not have any more.
    mutating func drop(_ indexes: [UInt64], at now: Int64) -> (entry: QueueEntry?, undo: QueueUndo) {
        settle(at: now)
        let removed = indexes.compactMap { tracked[$0] }
        guard !removed.isEmpty else { return (nil, .nothing) }
        let entry = QueueEntry(time: time, event: .acknowledged(removed.map(\.index)))
        apply(entry)
        return (entry, .acknowledged(removed))
    }

    /// Lets records become visible so many milliseconds from now. Tells of each receipt whether it was good.
    mutating func changeVisibility(
        _ changes: [(receipt: QueueReceipt, visibility: Int64)],
        at now: Int64
    ) -> (entry: QueueEntry?, undo: QueueUndo, isDone: [Bool]) {
        settle(at: now)
        var before: [UInt64: TrackedRecord] = [:]
        var after: [QueueEvent.VisibilityChange] = []
        let isDone = changes.map { change in
            guard let record = record(of: change.receipt), record.isDeadLetter == change.receipt.isDeadLetter else {
                return false
            }
            before[record.index] = record
            after.append(.init(index: record.index, visibleAt: time + change.visibility))
            return true
        }
        guard !after.isEmpty else { return (nil, .nothing, isDone) }
        let entry = QueueEntry(time: time, event: .visibilityChanged(after))
        apply(entry)
        return (entry, .changed(Array(before.values)), isDone)
    }

    /// Makes dead letters records again that may be received. Tells of each receipt whether it was good.
    mutating func restore(
        _ receipts: [QueueReceipt],
        at now: Int64
    ) -> (entry: QueueEntry?, undo: QueueUndo, isDone: [Bool]) {
        settle(at: now)
        var before: [TrackedRecord] = []
        var taken: Set<UInt64> = []
        let isDone = receipts.map { receipt in
            guard receipt.isDeadLetter, let record = record(of: receipt), taken.insert(receipt.index).inserted else {
                return false
            }
            before.append(record)
            return true
        }
        guard !before.isEmpty else { return (nil, .nothing, isDone) }
        let entry = QueueEntry(time: time, event: .restored(before.map(\.index)))
        apply(entry)
        return (entry, .changed(before), isDone)
    }

    // MARK: Other changes

    /// From now on a record that was received so often is a dead letter. Those that are stay so.
    mutating func configure(maximumReceiveCount: Int?, at now: Int64) -> QueueEntry? {
        guard maximumReceiveCount != self.maximumReceiveCount else { return nil }
        return perform(.configured(maximumReceiveCount: maximumReceiveCount), at: now)
    }

    /// Records below an index have aged out.
    mutating func trim(below index: UInt64, at now: Int64) -> QueueEntry? {
        guard let first = tracked.first, first.index < index else { return nil }
        return perform(.trimmed(below: index), at: now)
    }

    /// The stream has only these shards.
    mutating func keep(shards: Set<UInt32>, at now: Int64) -> QueueEntry? {
        let gone = unread.keys.filter { !shards.contains($0) }.sorted()
        return gone.isEmpty ? nil : perform(.shardsForgotten(gone), at: now)
    }

    fileprivate mutating func perform(_ event: QueueEvent, at now: Int64) -> QueueEntry {
        settle(at: now)
        let entry = QueueEntry(time: time, event: event)
        apply(entry)
        return entry
    }
}
