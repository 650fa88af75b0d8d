import WeirModel
import WeirRuntime

extension LiveQueue {
    /// What the queue is now; nil when it is gone. Counts what was not delivered in the stream's log, up to a number.
    func figures() async throws(ServiceError) -> QueueFigures? {
        guard let description else { return nil }
        let now = now
        // The copies share their memory with the state, which goes on meanwhile.
        let (unread, tracked, returned, died) = journal.withMachine { machine in
            machine.settle(at: now)
            return (machine.unread, machine.tracked, machine.returnedCount, machine.deathCount)
        }
        var figures = QueueFigures(name: description.name, resourceID: resourceID)
        figures.counts = counted
        figures.counts.returned = returned
        figures.counts.died = died
        figures.waitingReceives = bell(.records).waitingCount + bell(.deadLetters).waitingCount
        var oldest: TrackedRecord?
        tracked.forEach { record in
            if !record.isDeadLetter, oldest == nil { oldest = record }
            switch (record.isDeadLetter, record.visibleAt <= now) {
            case (false, true): figures.visible += 1
            case (false, false): figures.inFlight += 1
            case (true, true): figures.visibleDeadLetters += 1
            case (true, false): figures.deadLettersInFlight += 1
            }
        }
        var arrivals: [Timestamp?] = []
        if let oldest { arrivals.append(try await source.arrival(of: ShardID(oldest.shard), from: oldest.index)) }
        for shard in source.shardIDs {
            guard let start = (unread[shard.number] ?? UnreadRanges(from: 0)).first?.lowerBound else { continue }
            let room = Limits.maximumCountedQueueRecordCount - figures.visible
            let count = try await source.recordCount(of: shard, from: start, atMost: max(1, room))
            guard count > 0 else { continue }
            figures.visible += min(count, max(0, room))
            arrivals.append(try await source.arrival(of: shard, from: start))
        }
        figures.visible = min(figures.visible, Limits.maximumCountedQueueRecordCount)
        if let first = arrivals.compactMap(\.self).min() {
            figures.oldestAgeMilliseconds = max(0, time.wallMilliseconds - first.millisecondsSinceEpoch)
        }
        return figures
    }
}

extension EmbeddedQueueStore {
    public func figures() async throws(ServiceError) -> [QueueFigures] {
        var figures: [QueueFigures] = []
        for live in all.sorted(by: { $0.id < $1.id }) {
            // One that is deleted meanwhile, or cannot be read, hides no other.
            guard let found = try? await live.figures() else { continue }
            figures.append(found)
        }
        return figures
    }
}
