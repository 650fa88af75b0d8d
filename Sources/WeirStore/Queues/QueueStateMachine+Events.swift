extension QueueStateMachine {
    // MARK: Events

    /// What an event does.
    mutating func apply(_ entry: QueueEntry) {
        settle(at: entry.time)
        switch entry.event {
        case .received(let received):
            for consumed in received.consumed {
                unread[consumed.shard, default: UnreadRanges(from: 0)].subtract(consumed.range)
            }
            for record in received.records {
                // Also where the event with its first delivery never reached the disk.
                if !received.consumes(record) {
                    unread[record.shard, default: UnreadRanges(from: 0)].subtract(record.index)
                }
                put(record)
            }
        case .acknowledged(let indexes):
            for index in indexes { tracked.remove(index) }
        case .visibilityChanged(let changes):
            for change in changes {
                guard var record = tracked[change.index] else { continue }
                record.visibleAt = change.visibleAt
                put(record)
            }
        case .restored(let indexes):
            for index in indexes {
                guard var record = tracked[index] else { continue }
                record.isDeadLetter = false
                record.receiveCount = 0
                record.delivery &+= 1
                record.visibleAt = entry.time
                put(record)
            }
        case .trimmed(let index):
            tracked.removeAll(below: index)
        case .configured(let maximum):
            maximumReceiveCount = maximum
            buryExhausted()
        case .shardsForgotten(let shards):
            for shard in shards { unread[shard] = nil }
        }
        tidy()
    }

    /// Those that wait in line and were received as often as is allowed now are dead letters.
    private mutating func buryExhausted() {
        guard let maximumReceiveCount else { return }
        var dead: [TrackedRecord] = []
        tracked.forEach { record in
            guard !record.isDeadLetter, record.receiveCount >= maximumReceiveCount, record.visibleAt <= time else {
                return
            }
            dead.append(record)
        }
        for record in dead { becomeVisible(record) }
    }

    // MARK: Undo

    /// Takes back a change whose event did not reach the disk. What others changed since stays.
    mutating func undo(_ undo: QueueUndo) {
        switch undo {
        case .nothing: break
        case .received(let received, let before):
            for consumed in received.consumed {
                unread[consumed.shard, default: UnreadRanges(from: 0)].add(consumed.range)
            }
            for (record, before) in zip(received.records, before) {
                guard tracked[record.index]?.delivery == record.delivery else {
                    // It was delivered again since, and that is on disk, or will be taken back too.
                    unread[record.shard]?.subtract(record.index)
                    continue
                }
                if let before {
                    put(before)
                    unread[record.shard]?.subtract(record.index)
                } else {
                    tracked.remove(record.index)
                }
            }
        case .acknowledged(let records):
            for record in records where tracked[record.index] == nil { put(record) }
        case .changed(let records):
            for record in records where isUnchanged(record) { put(record) }
        }
        tidy()
    }

    /// Whether nobody received a record since, nor acknowledged it. Restoring counts as one delivery.
    private func isUnchanged(_ record: TrackedRecord) -> Bool {
        guard let now = tracked[record.index] else { return false }
        return now.delivery == record.delivery
            || (record.isDeadLetter && !now.isDeadLetter && now.delivery == record.delivery &+ 1
                && now.receiveCount == 0)
    }
}
