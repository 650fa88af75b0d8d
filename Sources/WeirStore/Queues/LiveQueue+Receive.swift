import NIOCore
import WeirLog
import WeirModel
import WeirRuntime

extension LiveQueue {
    /// Delivers records, and waits for one where none is visible.
    func receive(_ receive: QueueReceive) async throws(ServiceError) -> [QueueDelivery] {
        let path: QueuePath = receive.isOfDeadLetters ? .deadLetters : .records
        let bell = bell(path)
        let deadline = time.monotonicNanoseconds + UInt64(max(0, receive.waitSeconds)) * 1_000_000_000
        while true {
            let attributes = try deliveringAttributes()
            let visibility = Int64(receive.visibilityTimeoutSeconds ?? attributes.visibilityTimeoutSeconds) * 1000
            let seen = bell.rings
            let delivered: [QueueDelivery]
            do throws(ServiceError) {
                delivered = try await deliver(receive, path, visibility: visibility)
            } catch {
                // Who was woken for a record and does not take it wakes the next.
                bell.ring()
                throw error
            }
            guard delivered.isEmpty else { return delivered }
            // Who waits holds no memory.
            receive.reply?.settle(0)
            let began = time.monotonicNanoseconds
            let wake = await bell.wait(since: seen, until: deadline, at: began, onPark: attend)
            receive.reply?.didWait(time.monotonicNanoseconds - began)
            switch wake {
            case .rung:
                // Whose client has gone takes no record.
                guard !Task.isCancelled else {
                    bell.ring()
                    return []
                }
            case .timedOut:
                count { $0.emptyReceives += 1 }
                return []
            case .cancelled:
                bell.ring()
                return []
            }
        }
    }

    /// How the queue delivers. Throws `resourceNotFound` when it does not.
    private func deliveringAttributes() throws(ServiceError) -> QueueAttributes {
        guard let description else { throw QueueErrors.notFound(resourceID) }
        switch description.status {
        case .active, .updating: return description.attributes
        case .creating, .deleting: throw QueueErrors.notActive(description)
        }
    }

    private func deliver(
        _ receive: QueueReceive,
        _ path: QueuePath,
        visibility: Int64
    ) async throws(ServiceError) -> [QueueDelivery] {
        let picked = try await gate.withGate { [self] () async throws(ServiceError) in
            try await pick(receive, path, visibility: visibility)
        }
        if journal.withMachine({ $0.mayHaveVisible(path) }) || (path == .records && hasArrivals) { bell(path).ring() }
        // What could not be dropped is found again.
        if let dropped = picked.dropped { _ = try? await finish(dropped) }
        guard let change = picked.change else { return [] }
        let records: [TrackedRecord]
        do throws(ServiceError) {
            records = try await finish(change)
        } catch {
            // What was taken back is to be delivered yet, and nothing need be appended to its shard any more.
            for shard in picked.shards { putBack(shard) }
            throw error
        }
        attend()
        count(records, path)
        return records.compactMap { record in
            guard let content = picked.records[record.index] else { return nil }
            return QueueDelivery(
                record: content,
                receipt: QueueReceipt(
                    index: record.index,
                    delivery: record.delivery,
                    isDeadLetter: path == .deadLetters
                ),
                // By another clock than the arrival, where the wall clock was set.
                firstReceivedAt: max(
                    content.approximateArrival,
                    Timestamp(millisecondsSinceEpoch: record.firstReceivedAt)
                ),
                receiveCount: record.receiveCount
            )
        }
    }

    private func count(_ records: [TrackedRecord], _ path: QueuePath) {
        guard !records.isEmpty else { return }
        count { counts in
            switch path {
            case .records:
                counts.received += UInt64(records.count)
                counts.redelivered += UInt64(records.count { $0.receiveCount > 1 })
            case .deadLetters: counts.receivedDeadLetters += UInt64(records.count)
            }
        }
    }

    /// Waits until a change is on disk.
    @discardableResult
    func finish<Result: Sendable>(_ change: QueueJournal.Change<Result>) async throws(ServiceError) -> Result {
        do throws(LogError) {
            return try await journal.finish(change)
        } catch {
            // What was taken back may be visible.
            attend()
            // The log of a queue is closed when the queue is deleted.
            if error.code == .closed, description.map({ $0.status == .deleting }) ?? true {
                throw QueueErrors.notFound(resourceID)
            }
            throw ServiceError(log: error, stream: description?.streamName ?? "")
        }
    }

    // MARK: Picking

    /// What was picked for one receive.
    private struct Picked {
        var records: [UInt64: StoredRecord] = [:]
        var candidates: [QueueStateMachine.Candidate] = []
        /// Shards whose turn it was.
        var shards: Set<ShardID> = []
        var consumed: [QueueEvent.Consumed] = []
        /// Tracked records that the stream does not have any more.
        var missing: [UInt64] = []
        var byteCount = 0
        /// Bytes that there is room for, but for the first record.
        var maximumBytes = Int.max
        /// Whether a record was left for which there was no room.
        var isFull = false
        var change: QueueJournal.Change<[TrackedRecord]>?
        var dropped: QueueJournal.Change<Void>?

        /// Takes a record. False when there is no room for it.
        mutating func take(_ record: StoredRecord, isRedelivery: Bool) -> Bool {
            let number = record.sequenceNumber
            guard records[number.index] == nil else { return true }
            let size = record.data.readableBytes + record.partitionKey.utf8.count
            guard candidates.isEmpty || byteCount + size <= maximumBytes else {
                isFull = true
                return false
            }
            records[number.index] = record
            byteCount += size
            candidates.append(.init(index: number.index, shard: number.shard, isRedelivery: isRedelivery))
            return true
        }
    }

    /// Looks for records and delivers them, in memory: nobody else gets them from now on.
    private func pick(
        _ receive: QueueReceive,
        _ path: QueuePath,
        visibility: Int64
    ) async throws(ServiceError) -> Picked {
        let now = now
        let visible = journal.withMachine { $0.takeVisible(path, maximumCount: receive.maximumCount, at: now) }
        var picked = Picked()
        guard !visible.isEmpty || (path == .records && hasArrivals) else { return picked }
        var receive = receive
        if let room = receive.reply?.take() { receive.maximumBytes = min(receive.maximumBytes, room) }
        picked.maximumBytes = receive.maximumBytes
        do throws(ServiceError) {
            try await read(visible, receive, path, into: &picked)
        } catch {
            journal.withMachine { $0.putBack(visible.map(\.index), path) }
            for shard in picked.shards { putBack(shard) }
            throw error
        }
        receive.reply?.settle(picked.byteCount)
        let (candidates, consumed, missing) = (picked.candidates, picked.consumed, picked.missing)
        let chosen = Set(candidates.map(\.index)).union(missing)
        let left = visible.map(\.index).filter { !chosen.contains($0) }
        let moment = self.now
        if !missing.isEmpty {
            picked.dropped = journal.begin { machine in
                let (entry, undo) = machine.drop(missing, at: moment)
                return (entry, undo, ())
            }
        }
        picked.change = journal.begin { machine in
            machine.putBack(left, path)
            let received = machine.receive(path, candidates, consumed: consumed, visibility: visibility, at: moment)
            guard let received else { return (nil, .nothing, []) }
            // What is not delivered need not be written: it is found again.
            return received.records.isEmpty
                ? (nil, .nothing, []) : (received.entry, received.undo, received.records)
        }
        return picked
    }

    /// Reads records of both kinds: those that were delivered before, and others. Each gets half of the room where both are
    /// there, and every other time the first record.
    private func read(
        _ visible: [TrackedRecord],
        _ receive: QueueReceive,
        _ path: QueuePath,
        into picked: inout Picked
    ) async throws(ServiceError) {
        guard path == .records, hasArrivals else {
            return try await readVisible(visible, receive.maximumCount, receive.maximumBytes, into: &picked)
        }
        guard !visible.isEmpty else {
            return try await readUnread(receive.maximumCount, receive.maximumBytes, into: &picked)
        }
        let share = (receive.maximumCount + 1) / 2
        let beginsWithVisible = nextTurnIsOfVisible()
        for isOfVisible in beginsWithVisible ? [true, false, true] : [false, true, false] {
            let isFirst = picked.candidates.isEmpty
            let room = receive.maximumCount - picked.candidates.count
            let bytes = receive.maximumBytes - picked.byteCount
            guard room > 0, bytes > 0 || isFirst, !picked.isFull else { return }
            let (count, limit) = isFirst ? (share, max(1, receive.maximumBytes / 2)) : (room, bytes)
            if isOfVisible {
                try await readVisible(visible, count, limit, into: &picked)
            } else {
                try await readUnread(count, limit, into: &picked)
            }
        }
    }

    /// Reads records that were delivered before. Mostly several lie beside one another.
    private func readVisible(
        _ visible: [TrackedRecord],
        _ maximumCount: Int,
        _ maximumBytes: Int,
        into picked: inout Picked
    ) async throws(ServiceError) {
        let wanted = Set(visible.map(\.index))
        let end = picked.candidates.count + maximumCount
        let limit = picked.byteCount + maximumBytes
        for record in visible {
            guard picked.candidates.count < end, picked.byteCount < limit || picked.candidates.isEmpty, !picked.isFull
            else { return }
            guard picked.records[record.index] == nil, !picked.missing.contains(record.index) else { continue }
            let read = try await source.read(
                from: ShardPosition(index: record.index),
                shard: ShardID(record.shard),
                maximumCount: end - picked.candidates.count,
                maximumBytes: max(1, limit - picked.byteCount)
            )
            if read.records.first?.sequenceNumber.index != record.index { picked.missing.append(record.index) }
            for found in read.records where wanted.contains(found.sequenceNumber.index) {
                if !picked.take(found, isRedelivery: true) { return }
            }
        }
    }

    /// Reads on in the shards whose turn it is.
    private func readUnread(
        _ maximumCount: Int,
        _ maximumBytes: Int,
        into picked: inout Picked
    ) async throws(ServiceError) {
        let end = picked.candidates.count + maximumCount
        let limit = picked.byteCount + maximumBytes
        while picked.candidates.count < end, picked.byteCount < limit || picked.candidates.isEmpty, !picked.isFull {
            guard let shard = takeArrival() else { return }
            picked.shards.insert(shard)
            let taken = picked.consumed.last { $0.shard == shard.number }?.range.upperBound
            let known = journal.withMachine { $0.unread[shard.number] } ?? UnreadRanges(from: 0)
            var unread = known
            if let taken { unread.subtract(0..<taken) }
            guard let range = unread.first else { continue }
            let read = try await source.read(
                from: ShardPosition(index: range.lowerBound),
                shard: shard,
                maximumCount: end - picked.candidates.count,
                maximumBytes: max(1, limit - picked.byteCount)
            )
            take(read, of: shard, range, into: &picked)
        }
    }

    private func take(_ read: ShardRead, of shard: ShardID, _ range: Range<UInt64>, into picked: inout Picked) {
        let isTracked = journal.withMachine { machine in
            read.records.map { machine.tracked[$0.sequenceNumber.index] != nil }
        }
        // Whatever comes behind the last record given was not read.
        var end = min(range.upperBound, read.next?.index ?? .max)
        if let last = read.records.last, read.next != nil { end = min(range.upperBound, last.sequenceNumber.index + 1) }
        for (record, isTracked) in zip(read.records, isTracked)
        where range.contains(record.sequenceNumber.index) && !isTracked {
            guard picked.take(record, isRedelivery: false) else {
                // Nor was what there was no room for.
                end = record.sequenceNumber.index
                break
            }
        }
        if read.records.isEmpty, read.next != nil, end < range.upperBound { return }
        if range.lowerBound < end {
            picked.consumed.append(.init(shard: shard.number, range: range.lowerBound..<end))
        }
        let mayHaveMore = end < .max && !(range.upperBound == .max && source.isAtTip(of: shard, from: end))
        if mayHaveMore { putBack(shard) }
    }
}
